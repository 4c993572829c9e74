import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const BASE = ['util', 'net', 'credentials']
const CORE = ['s3', 'torrent', ...BASE]
const CONTRACTS = ['objects', 'store', 'peers', ...CORE]

/**
 * Every room of the house, from the roof down, and what else it may import. A file without a folder is in the room
 * `process`.
 */
const ROOMS: Readonly<Record<string, readonly string[] | 'everything'>> = {
  process: 'everything',
  commands: [
    'config', 'warming', 'hashing', 'access', 'store/lmdb', 'objects/s3', 'objects/directory', 'objects/http',
    'objects/transport', ...CONTRACTS
  ],
  config: CORE,
  http: ['operations', 'pages', 'access', 'hashing', 'delivery', 'objects', ...CORE],
  admin: ['pages', 'warming', 'swarm', 'swarm/seeder', 'swarm/tracker', 'hashing', 'delivery', ...CONTRACTS],
  operations: ['pages', 'access', 'hashing', 'delivery', 'objects', 'store', ...CORE],
  pages: CORE,
  'swarm/tracker/http': ['swarm/tracker', ...CORE],
  'swarm/tracker/udp': ['swarm/tracker', ...CORE],
  'swarm/tracker': ['swarm', 'peers', ...CORE],
  'swarm/seeder': ['swarm', 'access', 'delivery', 'objects', 'store', ...CORE],
  swarm: ['access', 'objects', 'store', ...CORE],
  warming: ['hashing', 'access', 'objects', 'store', ...CORE],
  hashing: ['access', 'objects', 'objects/transport', 'store', ...CORE],
  delivery: ['objects', ...CORE],
  access: ['objects', 'store', ...CORE],
  'store/lmdb': ['store', ...CORE],
  'store/memory': ['store', ...CORE],
  // The door of each store, which opens the one that is meant.
  store: ['store/lmdb', 'store/memory', ...CORE],
  'peers/memory': ['peers', ...CORE],
  peers: CORE,
  'objects/s3': ['objects/transport', 'objects', ...CORE],
  'objects/directory': ['objects/transport', 'objects', ...CORE],
  'objects/http': ['objects/transport', 'objects', ...CORE],
  'objects/transport': ['objects', ...CORE],
  objects: CORE,
  torrent: ['s3', 'util'],
  s3: ['credentials', 'util'],
  credentials: ['net', 'util'],
  net: ['util'],
  util: []
}

/** Who alone may import what. */
const RESERVED: Readonly<Record<string, RegExp>> = {
  fastify: /^(http|admin)\//,
  'prom-client': /^admin\//,
  uplot: /^admin\/dashboard\//,
  '@aws-sdk/client-s3': /^objects\/s3\//,
  undici: /^objects\//,
  lmdb: /^store\/lmdb\/databases\.ts$/,
  bencode: /^torrent\/bencode\/encode\.ts$/,
  'fast-xml-parser': /^s3\/(error-)?xml\.ts$/,
  '@aws-sdk/credential-provider-node': /^credentials\/credential-chain\.ts$/,
  commander: /^commands\//,
  'log-update': /^commands\/progress\.ts$/
}

/** Edges that are still to go. */
const YET = new Set<string>()

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).sort()
const IMPORT = /^(?:import|export)\s[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')
const importsOf = (file: string) => [...textOf(file).matchAll(IMPORT)]
  .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')

/** The innermost room that a file is in: a folder of a room that is not a room itself belongs to it. */
function roomOf (file: string): string | undefined {
  let room = dirname(file)
  if (room === '.') return 'process'
  while (!(room in ROOMS) && room.includes('/')) room = dirname(room)
  return room in ROOMS ? room : undefined
}

t.test('every file is in a room, and every room has a file', async (t) => {
  for (const file of files) t.ok(roomOf(file), file)
  t.strictSame([...new Set(files.map(roomOf))].sort(), Object.keys(ROOMS).sort())
})

t.test('a file imports its own room, and what the plan draws', async (t) => {
  const yet = new Set<string>()
  for (const file of files) {
    const room = roomOf(file) ?? ''
    const allowed = ROOMS[room] ?? []
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = roomOf(normalize(join(dirname(file), name))) ?? ''
      if (target === room || allowed === 'everything' || allowed.includes(target)) continue
      const edge = `${room} -> ${target}`
      if (YET.has(edge)) yet.add(edge)
      else t.fail(`${file} imports ${name}: ${edge} is not drawn`)
    }
  }
  t.strictSame([...yet].sort(), [...YET].sort())
})

t.test('what the plan draws has no ring', async (t) => {
  // `store` opens its adapters, which import its contract: the one door that is also a floor.
  const below = (room: string): readonly string[] => {
    const rooms = ROOMS[room]
    return rooms === 'everything' || rooms === undefined
      ? []
      : rooms.filter(
        (name) => !(room === 'store' && name.startsWith('store/'))
      )
  }
  const reaches = (room: string, seen = new Set<string>()): Set<string> => {
    for (const name of below(room)) if (!seen.has(name)) reaches(name, seen.add(name))
    return seen
  }
  for (const room of Object.keys(ROOMS)) t.notOk(reaches(room).has(room), `${room} is above itself`)
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
t.test('main.ts alone knows argv and env', async (t) => {
  for (const file of files) {
    if (file !== 'main.ts' && file !== 'store/lmdb/check-file.ts') t.notMatch(textOf(file), /process\.(argv|env)/, file)
  }
})
