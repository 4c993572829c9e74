import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../src/config/load.js'
import { KEEP_ALIVE_MS as S3_KEEP_ALIVE_MS } from '../src/http/server.js'
import { OPTIONS, variableOf } from '../src/config/options.js'
import type { OptionName } from '../src/config/options.js'
import { KEEP_ALIVE_MS as TRACKER_KEEP_ALIVE_MS } from '../src/swarm/tracker/http/listener.js'
import { need, programPath } from './support/programs.js'
import { inRepo } from './support/repo-root.js'

// Whatever Dockerfile, compose files, unit and recipes name has to be there.

const read = (path: string): string => readFileSync(inRepo(path), 'utf8')
const variables = new Map((Object.keys(OPTIONS) as OptionName[]).map((name) => [variableOf(name), name]))
const OTHERS = ['Dockerfile', 'docker/object-torrent.service', 'docker/nginx.conf']
const COMPOSE = ['docker/compose.yaml', 'docker/compose.monitoring.yaml']

interface Service {
  readonly image?: string
  readonly build?: string
  readonly read_only?: boolean
  readonly volumes?: string[]
  readonly ports?: string[]
  readonly environment?: Record<string, string>
  readonly depends_on?: Record<string, unknown> | string[]
  readonly configs?: Array<{ source: string, target: string }>
}
interface Compose {
  readonly services: Record<string, Service>
  readonly volumes?: Record<string, unknown>
  readonly configs?: Record<string, { content: string }>
}
const compose = COMPOSE.map((path) => parse(read(path)) as Compose)
const services = compose.flatMap(({ services }) => Object.entries(services))
/** As compose reads `${NAME:-default}` where NAME is not set. */
const defaulted = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

t.test('every option that is named is one', async (t) => {
  const named = [...OTHERS, ...COMPOSE].flatMap(
    (path) => [...read(path).matchAll(/OBJECT_TORRENT_[A-Z0-9_]+/g)].map(([name]) => [path, name] as const)
  )
  t.ok(named.length > 8)
  for (const [path, name] of named) t.ok(variables.has(name), `${path}: ${name}`)
  const flags = OTHERS.flatMap((path) => read(path).split('\n').filter((line) => line.startsWith('#')).flatMap(
    (line) => [...line.matchAll(/--([a-z][a-z0-9-]+)/g)].map(([, flag = '']) => [path, flag] as const)
  ))
  t.ok(flags.length > 2)
  for (const [path, flag] of flags) t.ok(flag in OPTIONS || ['now', 'global'].includes(flag), `${path}: --${flag}`)
})

t.test('nginx gives idle connections up before they are closed', async (t) => {
  const upstreams = [...read('docker/nginx.conf').matchAll(/^upstream (\w+) \{\n((?: .*\n)+)\}/gm)].map(
    ([, name = '', body = '']) => [name, body] as const
  )
  const kept: Record<string, number> = {
    object_torrent: S3_KEEP_ALIVE_MS, object_torrent_tracker: TRACKER_KEEP_ALIVE_MS
  }
  t.strictSame(upstreams.map(([name]) => name), Object.keys(kept))
  for (const [name, body] of upstreams) {
    const seconds = Number(/^ +keepalive_timeout (\d+)s;$/m.exec(body)?.[1])
    t.ok(seconds > 0 && seconds * 2000 <= Number(kept[name]), `${name}: ${seconds} s, with time to spare`)
  }
})

t.test('the settings of the containers are settings', async (t) => {
  const image = Object.fromEntries(
    [...read('Dockerfile').matchAll(/\b(OBJECT_TORRENT_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value])
  )
  const [one = {}, more = {}] = compose.map(({ services }) => services['object-torrent']?.environment)
  for (const environment of [one, { ...one, ...more }]) {
    const env = {
      ...image, ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, defaulted(value)]))
    }
    t.equal(loadConfig({}, env).config.host, '0.0.0.0')
  }
})

t.test('the ports are those that are listened on', async (t) => {
  const exposed = /^EXPOSE (.*)$/m.exec(read('Dockerfile'))?.[1]?.split(' ')
  const port = (name: 'port' | 'tracker-port' | 'peer-port' | 'admin-port'): string => String(OPTIONS[name].default)
  t.strictSame(exposed, [port('port'), port('tracker-port'), `${port('tracker-port')}/udp`, port('peer-port')])
  const published = compose[0]?.services['object-torrent']?.ports?.map(
    (text) => defaulted(text).replace(/^127\.0\.0\.1:\d+:/, '')
  )
  t.strictSame(published?.sort(), exposed?.sort(), 'and no other than this machine reaches them unasked')
  for (const [name, { ports = [] }] of services) {
    for (const text of ports) t.match(defaulted(text), /^127\.0\.0\.1:/, `${name}: ${text}`)
  }
  t.match(
    read('Dockerfile'),
    /CMD \["node", "\/app\/dist\/main.js", "healthcheck"\]\n#.*\nENTRYPOINT \["tini", "--", "node", .*"\/app\/dist\/main.js"\]/,
    'the health check is the program itself'
  )
  const { scrape_configs: [job] } = parse(read('docker/prometheus.yaml')) as {
    scrape_configs: Array<{ metrics_path: string, static_configs: Array<{ targets: string[] }> }>
  }
  t.strictSame(
    [job?.metrics_path, job?.static_configs[0]?.targets], ['/metrics', [`object-torrent:${port('admin-port')}`]]
  )
  t.match(read('docker/nginx.conf'), `server 127.0.0.1:${port('port')};`)
  t.match(read('docker/nginx.conf'), `server 127.0.0.1:${port('tracker-port')};`)
})

t.test('what is mounted, copied, depended on and named exists', async (t) => {
  const volumes = compose.flatMap(({ volumes = {} }) => Object.keys(volumes))
  const names = services.map(([name]) => name)
  const configs = compose.flatMap(({ configs = {} }) => Object.keys(configs))
  for (const [name, service] of services) {
    for (const volume of service.volumes ?? []) {
      const [from = '', to = ''] = volume.split(':')
      t.ok(from.startsWith('.') ? existsSync(join(inRepo('docker'), from)) : volumes.includes(from), `${name}: ${from}`)
      t.match(to, /^\//)
    }
    for (const other of Array.isArray(service.depends_on)
      ? service.depends_on
      : Object.keys(
        service.depends_on ?? {}
      )) {
      t.ok(names.includes(other), `${name} depends on ${other}`)
    }
    for (const { source } of service.configs ?? []) t.ok(configs.includes(source), `${name}: ${source}`)
    if (service.image !== undefined) {
      t.match(
        service.image, /:(v?\d+\.\d+\.\d+|RELEASE\.[\dTZ-]+)$/, `${service.image} is pinned`
      )
    } else if (service.build !== undefined) t.ok(existsSync(join(inRepo('docker'), service.build, 'Dockerfile')))
  }
  for (const [, files = ''] of read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
    for (const file of files.split(' ')) {
      t.ok(existsSync(inRepo(file)), file)
      t.ok(read('.dockerignore').split('\n').includes(`!${file}`), `${file} is sent to the builder`)
    }
  }
  const prometheus = services.find(([name]) => name === 'prometheus')?.[1]
  const inside = [
    ...prometheus?.volumes?.map((volume) => volume.split(':')[1]) ?? [],
    ...prometheus?.configs?.map(({ target }) => target) ?? []
  ]
  for (const [, path = ''] of read('docker/prometheus.yaml').matchAll(/(\/etc\/prometheus\/\S+)/g)) {
    t.ok(inside.includes(path), path)
  }
  const { datasources: [source] } = parse(read('docker/grafana/datasource.yaml')) as {
    datasources: Array<{ url: string }>
  }
  t.equal(source?.url, 'http://prometheus:9090')
  const { providers: [provider] } = parse(read('docker/grafana/dashboards.yaml')) as {
    providers: Array<{ options: { path: string } }>
  }
  t.ok(services.find(([name]) => name === 'grafana')?.[1].volumes?.some(
    (volume) => volume.includes(`:${provider?.options.path}/object-torrent.json`)
  ))
})

t.test('systemd takes the unit, and finds little to reach from it', async (t) => {
  if (!need(t, 'systemd-analyze')) return
  const unit = inRepo('docker/object-torrent.service')
  t.doesNotThrow(() => execFileSync(programPath('systemd-analyze'), [
    'verify', '--man=no', '--recursive-errors=no', unit
  ], {
    stdio: ['ignore', 'pipe', 'pipe']
  }))
  const report = execFileSync(
    programPath('systemd-analyze'),
    ['security', '--offline=true', '--no-pager', '--threshold=20', unit],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
  )
  const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(report) ?? []
  t.ok(Number(level) < 2, `exposure level ${level}`)
})
