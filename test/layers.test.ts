import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// From the top: a file may import its own layer and those below it.
const LAYERS = [['main.ts', 'app.ts', 'outward.ts', 'config.ts', 'settings.ts', 'setting-values.ts', 'options.ts', 'help.ts', 'invitation.ts', 'command-line'], ['admin'], ['http'], ['swarm'], ['operations'], ['torrent', 'pieces', 's3', 'upload'], ['origin', 'credentials', 'store', 'net'], ['util']]
// Who alone may import what.
const RESERVED: Record<string, RegExp> = {
  fastify: /^(http|admin)\//,
  'prom-client': /^admin\//,
  uplot: /^admin\/dashboard\//,
  '@aws-sdk/client-s3': /^origin\/s3-[a-z-]+\.ts$/,
  undici: /^(origin\/(s3-fast-head|http-origin|outbound-dispatcher)|command-line\/download)\.ts$/,
  'bittorrent-protocol': /^swarm\/seeder\/bounded-wire\.ts$/,
  lmdb: /^store\/databases\.ts$/,
  bencode: /^torrent\/bencode\.ts$/,
  'fast-xml-parser': /^s3\/(error-)?xml\.ts$/,
  'env-schema': /^settings\.ts$/,
  '@aws-sdk/credential-provider-node': /^credentials\/aws-credentials\.ts$/,
  commander: /^command-line\//,
  'log-update': /^command-line\/progress\.ts$/
}

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).sort()
const layerOf = (file: string) => LAYERS.findIndex((names) => names.includes((file.split('/')[0] ?? '').replace(/\.js$/, '.ts')))
const importsOf = (file: string) => [...readFileSync(join(src, file), 'utf8').matchAll(/^(?:import|export)\s[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm)]
  .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')

t.test('every file is in a layer', async (t) => {
  t.ok(files.length > 30)
  for (const file of files) t.ok(layerOf(file) >= 0, file)
})

t.test('imports point down only', async (t) => {
  let seen = 0
  for (const file of files) {
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      seen++
      const target = normalize(join(dirname(file), name))
      t.ok(layerOf(file) <= layerOf(target), `${file} imports ${target}`)
    }
  }
  t.ok(seen > 80)
})

t.test('the command line is without a server', async (t) => {
  const own = files.filter((file) => file.startsWith('command-line/'))
  t.ok(own.length > 10)
  for (const file of own) {
    for (const name of importsOf(file)) t.notMatch(normalize(join(dirname(file), name)), /^(http|swarm|upload|app|main)\b/, `${file} imports ${name}`)
  }
})

t.test('a package is imported where it belongs', async (t) => {
  const seen = new Set<string>()
  for (const file of files) {
    for (const name of importsOf(file)) {
      const owner = RESERVED[name]
      if (owner === undefined) continue
      seen.add(name)
      t.match(file, owner, `${file} imports ${name}`)
    }
  }
  t.strictSame([...seen].sort(), Object.keys(RESERVED).sort())
})

// check-file.ts is a process of its own, too.
t.test('only config.ts and main.ts know argv and env', async (t) => {
  for (const file of files) {
    const text = readFileSync(join(src, file), 'utf8')
    if (file !== 'main.ts' && file !== 'store/check-file.ts') t.notMatch(text, /process\.(argv|env)/, file)
  }
})
