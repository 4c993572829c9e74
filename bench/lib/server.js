import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUCKET } from './content.js'
import { get } from './client.js'
import { neededMemory } from './needed-memory.js'
import { start } from './process.js'
import { checkTorrent } from './torrent.js'

// But where a row says otherwise: the ports would be the same for every server.
const SWARM_PORTS = ['--tracker-port', '--peer-port', '--admin-port']
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/**
 * A fresh object-torrent before an origin, which the row may end sooner than itself. It keeps nothing from before
 * unless it is given a `dataDir`, and it has answered one small torrent, so that a first answer is not what is
 * measured.
 */
export async function startServer (bench, { origin, dataDir = bench.folder('data'), nodeArgs = [], args = [] }) {
  const server = start(process.execPath, [
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
  ], { cwd: dataDir })
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

/** What every store must hold. */
export const warmUpObject = (bench) => bench.content.random('warm-up', 1 << 20)

/**
 * MB/s of torrents that nobody asked for before, all asked for at once: from the request to the last byte. They are
 * checked.
 */
export async function coldSpeed (bench, objects, options) {
  const server = await startServer(bench, options)
  const start = performance.now()
  const torrents = await Promise.all(objects.map((object) => get(server.torrentUrl(object))))
  const seconds = (performance.now() - start) / 1000
  await server.stop()
  objects.forEach((object, i) => checkTorrent(torrents[i], object))
  return objects.reduce((sum, { size }) => sum + size, 0) / 1e6 / seconds
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

/** In bytes, a line of a process's status: VmRSS, what it has resident, or VmHWM, the most that it ever had. */
export function memoryOf (pid, line) {
  const [, kib] = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kib) * 1024
}
