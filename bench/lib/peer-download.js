import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { speedOf } from './measure.js'
import { run } from './process.js'
import { costOf } from './processor-time.js'
import { pythonWith } from './programs.js'
import { sha1Of } from './torrent.js'

const program = fileURLToPath(new URL('peer-client.py', import.meta.url))

/**
 * Has one libtorrent download an object from a seeder on loopback, and from nowhere else. Returns its speed from the
 * first byte, and what a GB cost the seeder. `torrent` is a file.
 * @param {import('./bench.js').Bench} bench
 * @param {{ pid: number, port: number }} seeder
 * @param {string} torrent
 * @param {{ key: string, path: string, size: number }} object
 */
export async function peerSpeed (bench, seeder, torrent, object) {
  const dir = bench.folder('peer')
  const args = [program, torrent, dir, '127.0.0.1', '127.0.0.1', String(seeder.port)]
  const { done, processor } = await costOf(seeder.pid, () => run(pythonWith('libtorrent'), args))
  if (sha1Of({ path: join(dir, object.key), size: object.size }) !== sha1Of(object)) {
    throw new Error('what was downloaded is not the object')
  }
  rmSync(dir, { recursive: true })
  return speedOf(object.size, { seconds: Number(done.stdout), processor })
}
