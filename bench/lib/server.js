import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUCKET } from './content.js'
import { get } from './client.js'
import { speedOf } from './measure.js'
import { neededMemory } from './needed-memory.js'
import { costOf } from './processor-time.js'
import { start } from './process.js'
import { checkTorrent } from './torrent.js'

// These listeners are off unless a row wants them: all servers would have the same ports.
const SWARM_PORTS = ['--tracker-port', '--peer-port', '--admin-port']
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/**
 * Starts object-torrent before an origin, for the rest of the row; the row may end it sooner. Its store is empty unless
 * it is given a `dataDir`. It has answered one small torrent, so that no row measures the first answer of a process.
 */
export async function startServer (
  bench, { origin, dataDir = bench.folder('data'), nodeArgs = [], args = [], isNear = false }
) {
  const server = start(bench.node, [
    ...nodeArgs,
    main,
    '--port',
    '0',
    '--origin',
    origin,
    '--data-dir',
    dataDir,
    '--log-level',
    'warn',
    ...SWARM_PORTS.filter((flag) => !args.includes(flag)).flatMap((flag) => [flag, '0']),
    ...args
  ], { cwd: dataDir, isNear })
  bench.atEnd(() => server.stop())
  const url = await readyUrl(server)
  const torrentUrl = ({ key }) => `${url}/${BUCKET}/${key}?torrent`
  const warmUp = warmUpObject(bench)
  checkTorrent(await get(torrentUrl(warmUp)), warmUp)
  return {
    url,
    pid: server.pid,
    torrentUrl,
    stop: server.stop,
    peakMemory: () => memoryOf(server.pid, 'VmHWM') / 1e6,
    neededMemory: () => neededMemory(server)
  }
}

/** The object that every store must hold. */
export const warmUpObject = (bench) => bench.content.random('warm-up', 1 << 20)

/**
 * Speed and cost of cold torrents that are all requested at once, from the request to the last byte. The torrents are
 * checked.
 */
export async function coldSpeed (bench, objects, options) {
  const server = await startServer(bench, options)
  const { done: torrents, ...cost } = await costOf(
    server.pid, () => Promise.all(objects.map((object) => get(server.torrentUrl(object))))
  )
  await server.stop()
  objects.forEach((object, i) => checkTorrent(torrents[i], object))
  return speedOf(objects.reduce((sum, { size }) => sum + size, 0), cost)
}

function readyUrl (server) {
  return new Promise((resolve, reject) => {
    server.stdoutStream.on('data', () => {
      const [, url] = /^object-torrent is ready: (https?:\S+)$/m.exec(server.said.stdout) ?? []
      if (url !== undefined) resolve(url)
    })
    server.ended.then((code) => reject(new Error(`object-torrent ended with ${code}: ${server.said.stderr}`)), reject)
  })
}

/** Bytes in a line of a process's status: VmRSS is its resident memory, VmHWM the peak of it. */
export function memoryOf (pid, line) {
  const [, kib] = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kib) * 1024
}
