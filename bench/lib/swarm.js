import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from './process.js'
import { pythonWith } from './programs.js'
import { sha1Of } from './torrent.js'

const program = fileURLToPath(new URL('swarm-client.py', import.meta.url))
const LIMIT_SECONDS = 900

/**
 * Has all clients of a network download the same object at once, and seed until all have it. Returns the seconds of
 * each, the bytes of all clients by the address and port that they came from, and the bytes that came in vain.
 */
export async function downloadTogether (bench, clients, torrentUrl, object) {
  const python = pythonWith('libtorrent')
  const downloads = clients.map(({ address, within }) => {
    const dir = bench.folder('client')
    const [command, args] = within(python, [program, torrentUrl, dir, address])
    const client = start(command, args)
    bench.atEnd(() => client.stop())
    return { dir, client }
  })
  const seconds = await Promise.all(downloads.map(({ client }) => secondsToAll(client)))
  await Promise.all(downloads.map(({ client }) => client.stop()))
  if (sha1Of({ path: join(downloads[0].dir, object.key), size: object.size }) !== sha1Of(object)) {
    throw new Error('what was downloaded is not the object')
  }

  const reports = downloads.map(({ client }) => JSON.parse(client.said.stdout.split('\n')[1]))
  for (const { dir } of downloads) rmSync(dir, { recursive: true })
  const sources = new Map()
  for (const [source, bytes] of reports.flatMap((report) => Object.entries(report.sources))) {
    sources.set(source, (sources.get(source) ?? 0) + bytes)
  }
  return { seconds, sources, inVain: reports.reduce((sum, report) => sum + report.inVain, 0) }
}

function secondsToAll (client) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`not everything is there after ${LIMIT_SECONDS} s`)), LIMIT_SECONDS * 1000
    )
    const settle = (settled, value) => {
      clearTimeout(limit)
      settled(value)
    }
    client.stdoutStream.on('data', () => {
      if (client.said.stdout.includes('\n')) {
        settle(resolve, parseFloat(client.said.stdout))
      }
    })
    client.ended.then(
      (code) => settle(reject, new Error(`libtorrent ended with ${code}: ${client.said.stderr}`)),
      (error) => settle(reject, error)
    )
  })
}
