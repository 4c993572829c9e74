import { setTimeout as sleep } from 'node:timers/promises'
import { GiB, MiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { BUCKET } from '../lib/content.js'
import { atMost, figure } from '../lib/line.js'
import { alternateSeveral } from '../lib/measure.js'
import { TELLING_MEMORY } from '../lib/needed-memory.js'
import { startNginx } from '../lib/nginx.js'
import { run } from '../lib/process.js'
import { memoryOf, startServer } from '../lib/server.js'
import { stall } from '../lib/stalled-readers.js'
import { webSeedOf } from '../lib/torrent.js'

const READERS = 200
const WARM_READERS = 8
const CACHE_BYTES = 64 * MiB
const LOOKS = 10
const PAUSE_MS = 200
// So the torrent has 6.4 MB, which is more than the kernel takes.
const PIECE_LENGTH = 16_384
const READS = {
  stored: 'of a stored torrent',
  hashed: 'of a torrent that is being hashed',
  webSeed: 'of a web seed',
  getObject: 'of GetObject'
}

export const stalled = {
  name: 'stalled',
  what: `memory of one of ${READERS} readers who stand still`,
  needs: ['nginx', 'curl'],
  async run (bench) {
    const object = bench.content.sparse('big', bench.scaled(Math.floor(4.9 * GiB)))
    const cold = bench.content.linked(object, 2 * (bench.rounds + 1))
    const nginx = await startNginx(bench)
    const scene = { origin: nginx.fast, dataDir: bench.folder('data'), object, cold }
    const { ours } = await alternateSeveral(bench, Object.fromEntries(Object.keys(READS).map((name) => [name, 'kB'])), {
      ours: async () => {
        /** @type {Record<string, number>} */
        const kilobytes = {}
        for (const name of Object.keys(READS)) kilobytes[name] = await kilobytesEach(bench, scene, name)
        return kilobytes
      }
    })
    return Object.entries(READS).map(([name, read]) => figure({
      what: `${this.what}, ${read}`, ours: ours[name], goal: atMost(150, 'kB')
    }))
  }
}

async function kilobytesEach (bench, { origin, dataDir, object, cold }, name) {
  const server = await startServer(bench, {
    origin,
    dataDir,
    nodeArgs: TELLING_MEMORY,
    args: [
      '--piece-length', String(PIECE_LENGTH), '--cache-size', String(CACHE_BYTES),
      '--max-connections-per-address', '0', '--max-requests-per-address', '0'
    ]
  })
  const torrent = await get(server.torrentUrl(object))
  const hashed = name === 'hashed' ? cold.pop() : undefined
  const whole = {
    stored: server.torrentUrl(object),
    hashed: hashed && server.torrentUrl(hashed),
    webSeed: webSeedOf(torrent),
    getObject: `${server.url}/${BUCKET}/${object.key}`
  }[name]
  // The code is compiled, and what is kept in memory is full, before the readers come.
  if (name === 'hashed') await get(server.torrentUrl(cold.pop()))
  else await warm(whole, name === 'stored' ? undefined : object)

  const before = await residentMemory(server)
  const path = new URL(whole).pathname + new URL(whole).search
  const spread = name === 'webSeed' || name === 'getObject'
  const readers = stall(server.url, Array.from({ length: READERS }, (_, i) => ({
    path, range: spread ? `bytes=${Math.floor(i / READERS * (object.size - 20 * MiB))}-` : undefined
  })))
  if (hashed !== undefined) await get(whole)
  await readers.still()
  const bytes = await residentMemory(server) - before
  readers.end()
  await server.stop()
  return bytes / READERS / 1000
}

/** Reads all of a torrent, or the beginning of an object that is more than the cache, at the speed of the machine. */
async function warm (url, object) {
  const range = object === undefined ? [] : ['-r', `0-${2 * CACHE_BYTES - 1}`]
  await Promise.all(Array.from({ length: WARM_READERS }, () => run('curl', ['-sSf', '-o', '/dev/null', ...range, url])))
}

/** The least of some looks after garbage was collected: memory goes back to the system a little later. */
async function residentMemory (server) {
  await server.neededMemory()
  let least = Infinity
  for (let look = 0; look < LOOKS; look++) {
    await sleep(PAUSE_MS)
    least = Math.min(least, memoryOf(server.pid, 'VmRSS'))
  }
  return least
}
