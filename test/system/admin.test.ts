import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { runInProcess } from '../commands/run-in-process.js'
import { metricsAt, untilMetric } from '../support/admin.js'
import { aria2 } from '../support/bittorrent/aria2.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { need, programPath } from '../support/programs.js'
import { inRepo } from '../support/repo-root.js'
import { runServer, startServer } from '../support/server.js'
import { announce } from '../support/tracker-client.js'

const TOKEN = 'a-token-of-the-tests'
const SIZE = 3_000_000
const origin = await startFaultyOrigin(t)
const [adminPort, guardedPort, trackerPort, peerPort] = [
  await freePort(), await freePort(), await freePort(), await freePort()
]
const args = ['--origin', origin.endpoint]
const [server] = await Promise.all([
  startServer(t, {
    args: [
      ...args, '--admin-port', String(adminPort), '--tracker-port', String(trackerPort), '--peer-port', String(peerPort)
    ]
  }),
  startServer(t, {
    args: [...args, '--admin-port', String(guardedPort), '--admin-host', '0.0.0.0'],
    env: { OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
  })
])
const [admin, guarded] = [`http://127.0.0.1:${adminPort}`, `http://127.0.0.1:${guardedPort}`]
const bearer = { authorization: `Bearer ${TOKEN}` }

/** The first events of the stream, by name. */
async function firstEvents (url: string, headers = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers })
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes as Uint8Array).toString()
    if (text.split('\n\n').length > 2) break
  }
  return Object.fromEntries(text.split('\n\n').slice(0, 2).map((event) => {
    const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? []
    return [name, JSON.parse(data)]
  }))
}

t.test('figures of what has been done', async (t) => {
  origin.put('bkt', 'film', { size: SIZE, seed: 1, public: true })
  const torrentUrl = `${server.url}/bkt/film?torrent`
  for (let i = 0; i < 2; i++) await httpGet(torrentUrl)
  await httpGet(`${server.url}/bkt/none`)
  await httpGet(`${server.url}/bkt/film`)
  await httpGet(`${server.url}/bkt/film?torrent`, { method: 'DELETE' })
  const values = await untilMetric(
    admin, 'object_torrent_requests_total{operation="GetObject",code="OK"}', (count) => count === 1
  )
  t.equal(values.get('object_torrent_torrents_total{source="hashed"}'), 1)
  t.equal(values.get('object_torrent_torrents_total{source="stored"}'), 1)
  t.equal(values.get('object_torrent_torrents_total{source="joined"}'), 0)
  t.equal(values.get('object_torrent_requests_total{operation="GetObjectTorrent",code="OK"}'), 2)
  t.equal(values.get('object_torrent_requests_total{operation="GetObject",code="NoSuchKey"}') ?? values.get(
    'object_torrent_requests_total{operation="GetObject",code="AccessDenied"}'
  ), 1)
  t.equal(values.get('object_torrent_requests_total{operation="other",code="MethodNotAllowed"}'), 1)
  t.equal(values.get('object_torrent_hashed_bytes_total'), SIZE)
  t.equal(values.get('object_torrent_origin_bytes_total{purpose="hashing"}'), SIZE)
  const objectBytes = values.get('object_torrent_origin_bytes_total{purpose="object"}') ?? 0
  t.ok(objectBytes >= SIZE && objectBytes < SIZE + 5_000, `${objectBytes} bytes of GetObject`)
  t.equal(values.get('object_torrent_request_duration_seconds_count{operation="GetObjectTorrent"}'), 2)
  t.ok((values.get('object_torrent_store_bytes') ?? 0) > 0)
  t.equal(values.get('object_torrent_bandwidth_saved_ratio'), undefined, 'nothing was downloaded')
  t.equal(
    [...values.keys()].some((name) => name.includes('film') || name.includes('bkt')), false, 'no bucket and no key'
  )
})

t.test('what a swarm downloads, by its own account and at the least what was sent', async (t) => {
  if (!need(t, 'aria2c')) return
  const { ok } = await aria2.download(`${server.url}/bkt/film?torrent`, {
    dir: mkdtempSync(join(tmpdir(), 'object-torrent-admin-')), seconds: 60
  })
  t.ok(ok)
  const { body } = await httpGet(`${server.url}/bkt/film?torrent&magnet`)
  const [, infoHash = ''] = /btih:(\w{40})/.exec(body.toString()) ?? []
  for (const port of [7777, 7778, 7779]) {
    for (const [left, event] of [[SIZE, 'started'], [SIZE - 1_000_000, undefined], [0, 'completed']] as const) {
      await announce({ port: trackerPort }, infoHash, { port, left, event })
    }
  }
  const values = await metricsAt(admin)
  const sent = (values.get('object_torrent_sent_bytes_total{by="web_seed"}') ?? 0) + (values.get(
    'object_torrent_sent_bytes_total{by="seeder"}'
  ) ?? 0)
  t.ok(sent >= SIZE, `${sent} bytes sent`)
  const downloaded = values.get('object_torrent_swarm_downloaded_bytes_total') ?? 0
  t.ok(downloaded >= 3 * SIZE, `${downloaded} bytes, by their own account`)
  t.equal(values.get('object_torrent_origin_bytes_total{purpose="swarm"}'), SIZE, 'read once')
  const saved = values.get('object_torrent_bandwidth_saved_ratio') ?? -1
  t.ok(saved > 0 && Math.abs(saved - (1 - 2 * SIZE / downloaded)) < 1e-9, `${saved} is saved`)
  t.equal(values.get('object_torrent_swarms'), 1)
  t.equal(values.get('object_torrent_swarm_peers{role="leecher"}'), 0)
  t.ok((values.get('object_torrent_announces_total{transport="http"}') ?? 0) >= 9)
  await announce({ port: trackerPort }, '00'.repeat(20), { left: 1 })
  await untilMetric(admin, 'object_torrent_tracker_refusals_total{transport="http"}', (count) => count === 1)
})

t.test('the dashboard is told the same', async (t) => {
  const { history, snapshot } = await firstEvents(`${admin}/-/live`)
  t.ok(Array.isArray(history) && history.length >= 1)
  t.match(snapshot, {
    version: /^\d/,
    jobs: [],
    torrents: [{
      bucket: 'bkt',
      key: 'film',
      size: SIZE,
      infoHash: /^[0-9a-f]{40}$/,
      magnet: /^magnet:\?xt=urn:btih:/,
      url: `${server.url}/bkt/film?torrent`
    }]
  })
})

t.test('healthy and ready', async (t) => {
  const health = await httpGet(`${admin}/healthz`)
  t.equal(health.status, 200)
  t.match(health.headers, { 'content-security-policy': /^default-src 'none'/, 'x-content-type-options': 'nosniff' })
  t.strictSame(JSON.parse((await httpGet(`${admin}/readyz`)).body.toString()), {
    status: 'ok', origin: 'ok', store: 'ok'
  })
  const { port } = origin
  await origin.close()
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const away = await httpGet(`${admin}/readyz`)
  t.equal(away.status, 503)
  t.match(JSON.parse(away.body.toString()), { status: 'not ready', origin: /does not answer/, store: 'ok' })
  t.equal((await httpGet(`${admin}/healthz`)).status, 200, 'the process is well')
  await origin.listen(port)
})

/** What `object-torrent healthcheck` says to these arguments. */
async function checked (args: string[], env: Record<string, string> = {}): Promise<string> {
  return (await runInProcess(['healthcheck', ...args], { env })).stdout
}

t.test('a health check with the configuration of the server', async (t) => {
  const both = await startServer(t, { args: [...args, '--host', '::'] }).catch(() => undefined) // without IPv6
  const [port, none] = [String(server.port), String(await freePort())]
  const lan = Object.values(networkInterfaces()).flat().find(
    (address) => address?.family === 'IPv4' && !address.internal
  )?.address
  const cases: Array<[args: string[], says: string, env?: Record<string, string>]> = [
    [['--admin-port', String(adminPort)], `healthy: http://127.0.0.1:${adminPort}/healthz answers.`],
    [[], `healthy: http://127.0.0.1:${guardedPort}/healthz answers.`, {
      OBJECT_TORRENT_ADMIN_PORT: String(guardedPort),
      OBJECT_TORRENT_ADMIN_HOST: '0.0.0.0',
      OBJECT_TORRENT_ADMIN_TOKEN: TOKEN
    }],
    ...lan === undefined
      ? []
      : [[
        ['--admin-port', String(guardedPort), '--admin-host', lan, '--admin-token', TOKEN],
      `healthy: http://${lan}:${guardedPort}/healthz answers.`
      ] satisfies [string[], string]],
    [['--admin-port', '0', '--port', port], `healthy: http://127.0.0.1:${port}/-/healthz answers.`],
    [['--admin-port', none, '--port', port], `healthy: http://127.0.0.1:${port}/-/healthz answers.`],
    [
      ['--admin-port', none, '--port', none],
      `unhealthy: nobody listens at http://127.0.0.1:${none}/healthz; nobody listens at ` +
      `http://127.0.0.1:${none}/-/healthz.`
    ],
    [
      ['--admin-port', port],
      `unhealthy: what answers at http://127.0.0.1:${port}/healthz (status 501) is no object-torrent with this ` +
      'configuration.'
    ],
    [
      ['--admin-port', '0', '--port', String(origin.port)],
      `unhealthy: what answers at http://127.0.0.1:${origin.port}/-/healthz (status`
    ],
    [
      ['--admin-port', '0', '--port', port, '--tls-cert', 'x', '--tls-key', 'y'],
      `unhealthy: https://127.0.0.1:${port}/-/healthz cannot be asked (EPROTO).`
    ],
    ...both === undefined
      ? []
      : ['::', '::1', '0.0.0.0', 'localhost', '0:0::0'].map(
          (host): [string[], string] => [
            ['--admin-port', '0', '--host', host, '--port', String(both.port)], 'healthy: '
          ]
        )
  ]
  for (const [args, says, env] of cases) t.ok((await checked(args, env)).startsWith(says), args.join(' '))
  t.strictSame(await runInProcess(['healthcheck', '--admin-port', '0', '--port', '0']), {
    code: 2,
    stdout: '',
    stderr: 'object-torrent: Nobody knows the port of a server with --port 0 and --admin-port 0; give it one of them.\n'
  })
  t.match(
    await runServer(['healthcheck', '--port', none, '--admin-port', none]),
    { code: 1, stdout: /^unhealthy: / },
    'the program'
  )
  t.match(
    await runServer(['healthcheck', '--admin-port', String(adminPort)], { OBJECT_TORRENT_ORIGIN: '/nowhere' }),
    { code: 0, stdout: `healthy: http://127.0.0.1:${adminPort}/healthz answers.\n`, stderr: '' },
    'the program'
  )
})

t.test('a health check does not wait for ever', async (t) => {
  for (const [answer, says] of [
    ['', 'does not answer within 3 s'],
    [`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100_000)}`, 'cannot be asked (Error: a long answer)'],
    ['\0', 'cannot be asked (HPE_']
  ] as const) {
    const other = createServer((socket) => { socket.on('error', () => {}).write(answer) }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.match(await checked(['--admin-port', String((other.address() as AddressInfo).port)]), says)
    other.close()
  }
})

t.test('not ready: hashes are kept in memory only', async (t) => {
  const port = await freePort()
  await startServer(t, {
    args: [...args, '--admin-port', String(port), '--data-dir', '/proc/none', '--log-level', 'silent']
  })
  const { status, body } = await httpGet(`http://127.0.0.1:${port}/readyz`)
  t.equal(status, 503)
  t.match(JSON.parse(body.toString()), { origin: 'ok', store: /--data-dir/ })
})

t.test('who may look', async (t) => {
  for (const path of ['/metrics', '/-/live']) {
    t.equal((await httpGet(guarded + path)).status, 401, `${path} without a token`)
    t.equal(
      (await httpGet(`${guarded}${path}?token=${encodeURIComponent(TOKEN)}`)).status, 401, `${path}: not in the URL`
    )
    t.equal(
      (await httpGet(guarded + path, { headers: { authorization: `Bearer ${TOKEN}x` } })).status,
      401,
      `${path} with another token`
    )
  }
  t.equal((await httpGet(`${guarded}/metrics`, { headers: bearer })).status, 200)
  t.match(await firstEvents(`${guarded}/-/live`, bearer), { snapshot: { version: String } })
  for (const path of ['/', '/dashboard.js', '/dashboard.css', '/uplot.js', '/icon.svg', '/healthz', '/readyz']) {
    t.equal((await httpGet(guarded + path)).status, 200, `${path} tells nothing`)
  }
  for (const path of ['/dashboard.ts', '/../package.json', '/wire.d.ts', '/%2e%2e/%2e%2e/package.json', '/x']) {
    t.equal((await httpGet(guarded + path)).status, 404, path)
  }
  t.equal(
    (await httpGet(`${guarded}/healthz`, { headers: { host: 'torrent.example' } })).status,
    200,
    'any name, where a token guards'
  )
  for (const host of ['evil.example', '127.0.0.1.evil.example', '192.0.2.1']) {
    t.equal(
      (await httpGet(`${admin}/metrics`, { headers: { host } })).status,
      403,
      `no token, and the name ${host}: DNS rebinding`
    )
  }
  for (const host of ['localhost:9090', '[::1]:1', '127.0.0.1']) {
    t.equal((await httpGet(`${admin}/metrics`, { headers: { host } })).status, 200, host)
  }
  t.equal((await httpGet(`${admin}/-/events`, { method: 'POST' })).status, 401, 'a notification needs a token always')
})

t.test('settings that cannot be', async (t) => {
  const origin = ['--origin', t.testdir()]
  t.match(await runServer([...origin, '--admin-port', '1', '--admin-host', '0.0.0.0']), {
    code: 2, stderr: /--admin-host 0\.0\.0\.0 is not loopback: set OBJECT_TORRENT_ADMIN_TOKEN/
  })
  t.match(
    await runServer([...origin, '--admin-port', '1', '--admin-host', '0.0.0.0'], {
      OBJECT_TORRENT_ADMIN_TOKEN: 'short'
    }),
    { code: 2, stderr: /OBJECT_TORRENT_ADMIN_TOKEN/ }
  )
  t.match(await runServer(
    ['--port', '0', ...origin, '--admin-port', String(adminPort), '--tracker-port', '0', '--peer-port', '0']
  ), {
    code: 1,
    stderr: new RegExp(
      `Port ${adminPort} on 127.0.0.1 is taken; choose another one with --admin-port, or --admin-port 0 to do without`
    )
  })
})

t.test('as Prometheus reads it: the metrics, the alert rules, and the names that dashboard and rules use',
  async (t) => {
    const { body } = await httpGet(`${admin}/metrics`)
    const names = new Set([...body.toString().matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(
      ([, name = '', type]) => type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]
    ))
    const dashboard = JSON.parse(readFileSync(inRepo('docker/grafana/object-torrent.json'), 'utf8')) as {
      panels: Array<{ title: string, targets: Array<{ expr: string }> }>
    }
    const used = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const))
    const { groups } = parse(readFileSync(inRepo('docker/alerts.yaml'), 'utf8')) as {
      groups: Array<{ rules: Array<{ alert: string, expr: string }> }>
    }
    const rules = groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const))
    t.ok(used.length > 15 && rules.length >= 7)
    for (const [where, expr] of [...used, ...rules]) {
      const metrics = [...expr.matchAll(/\b(?:object_torrent|nodejs|process)_\w+/g)].map(([name]) => name)
      t.ok(metrics.length > 0 || expr.startsWith('up{'), `${where} asks for something`)
      for (const name of metrics) t.ok(names.has(name), `${where}: ${name}`)
    }
    const asked = new Set([...used, ...rules].flatMap(([, expr]) => expr.match(/object_torrent_\w+/g) ?? []))
    const unasked = [...names].filter(
      (name) => name.startsWith('object_torrent_') && !asked.has(name) && !/_(count|sum)$|duration_seconds$/.test(name)
    )
    t.strictSame(
      unasked.sort(),
      [
        'object_torrent_bandwidth_saved_ratio', 'object_torrent_hash_jobs_total', 'object_torrent_info',
        'object_torrent_response_bytes_total'
      ],
      'shown nowhere'
    )
    if (!need(t, 'promtool')) return
    const promtool = programPath('promtool')
    t.match(execFileSync(promtool, ['check', 'rules', inRepo('docker/alerts.yaml')], { encoding: 'utf8' }), /SUCCESS/)
    const ours = body.toString().split('\n').filter((line) => line.includes('object_torrent_')).join(
      '\n'
    ) // prom-client's own have names that it does not like
    t.doesNotThrow(() => execFileSync(promtool, ['check', 'metrics'], { input: `${ours}\n` }))
  })
