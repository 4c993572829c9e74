import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { FILE_NAME } from '../../src/store/lmdb/databases.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const origin = await startFaultyOrigin(t)
const SMALL_PIECES = ['--piece-length', '16384']

/** A disk of its own, unmounted with the test; undefined, and the test is skipped, where mounting is not permitted. */
function smallDisk (t: Test, size: string): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'object-torrent-disk-'))
  t.teardown(() => rmSync(disk, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', disk], { stdio: 'ignore' })
  } catch {
    t.pass('not run', { skip: 'mounting is not permitted' })
    return undefined
  }
  t.teardown(() => { execFileSync('umount', ['-l', disk]) })
  return disk
}

function warnings (server: Server): string[] {
  return server.stderr().split('\n').filter((line) => line.includes('"level":40')).map(
    (line) => (JSON.parse(line) as { msg: string }).msg
  )
}

/** That a server answers right, hashed or known, more often than its store has room for; and then ends well. */
async function goesOn (t: Test, server: Server, objects = 5): Promise<void> {
  const { right, ask } = hashing(origin, server)
  for (let i = 0; i < objects; i++) {
    const { key } = await right(t, { size: 20_000_000 + i, seed: 1 }, `object ${i}`)
    t.equal((await ask(key)).status, 200, `object ${i} again`)
  }
  await sleep(200)
  t.notMatch(server.stderr(), /stopping|nhandled|"level":[56]0/, 'nothing worse than a warning')
}

// Files of this process may have so many blocks of 512 bytes; node ignores SIGXFSZ, so a write says EFBIG. Not so where
// tap's loader is in NODE_OPTIONS: it takes that signal for the end, and writes a file at the end.
for (const blocks of [0, 100, 250]) {
  t.test(`F11: no file may be larger than ${blocks * 512} bytes`, async (t) => {
    const directory = t.testdir({})
    const server = await startServer(t, {
      args: ['--origin', origin.endpoint, '--data-dir', directory, ...SMALL_PIECES],
      prelude: `unset NODE_OPTIONS; ulimit -f ${blocks}`
    })
    await goesOn(t, server)
    t.ok(warnings(server).length > 0, warnings(server)[0] ?? '')
    t.same(await server.stop(), { code: 0, signal: null })
    const free = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', directory, ...SMALL_PIECES] })
    await goesOn(t, free, 2)
    const { key, object } = await hashing(origin, free).right(t, { size: 1_000_000, seed: 2 }, 'without the limit')
    t.equal((await hashing(origin, free).ask(key)).status, 200)
    t.equal(object.bytesSent, 1_000_000, 'it is kept')
  })
}

t.test('F11: a full disk, that gets free again', async (t) => {
  const disk = smallDisk(t, '1m')
  if (disk === undefined) return
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--data-dir', join(disk, 'data'), ...SMALL_PIECES]
  })
  const { right, ask } = hashing(origin, server)
  const known = await right(t, { size: 5_000_000, seed: 1 }, 'before')
  execFileSync('sh', ['-c', 'cat /dev/zero > "$0" 2> /dev/null; true', join(disk, 'filler')])
  await goesOn(t, server)
  t.ok(warnings(server).some((text) => text.includes('could not keep')), 'it says so')
  t.equal((await ask(known.key)).status, 200)
  t.equal(known.object.bytesSent, 5_000_000, 'what it knew it still knows')
  rmSync(join(disk, 'filler'))
  const { key, object } = await right(t, { size: 5_000_000, seed: 2 }, 'after')
  t.equal((await ask(key)).status, 200)
  t.equal(object.bytesSent, 5_000_000, 'kept again, without a restart')
  t.same(await server.stop(), { code: 0, signal: null })
})

t.test('F11: where no directory can be', async (t) => {
  const root = t.testdir({ file: 'x', occupied: {} })
  mkdirSync(join(root, 'occupied', FILE_NAME))
  symlinkSync('/nowhere/at/all', join(root, 'dangling'))
  const places = [join(root, 'file', 'below'), '/proc/object-torrent', join(root, 'dangling'), join(root, 'occupied')]
  for (const place of places) {
    const server = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', place] })
    const { right, ask } = hashing(origin, server)
    const { key, object } = await right(t, { size: 2_000_000, seed: 1 }, place)
    t.equal((await ask(key)).status, 200)
    t.equal(object.bytesSent, 2_000_000, 'kept in memory')
    t.equal(warnings(server).length, 1, warnings(server)[0] ?? '')
    t.same(await server.stop(), { code: 0, signal: null })
  }
  t.equal(statSync(join(root, 'file')).size, 1)
})

t.test('F11: a directory that cannot be written to', async (t) => {
  const directory = smallDisk(t, '8m')
  if (directory === undefined) return
  for (const before of ['an empty one', 'one with a store']) {
    execFileSync('mount', ['-o', 'remount,ro', directory])
    const server = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', directory] })
    await goesOn(t, server, 2)
    t.same(
      warnings(server), ['no store can be kept in this directory; hashes are kept in memory until the end'], before
    )
    await server.stop()
    execFileSync('mount', ['-o', 'remount,rw', directory])
    writeFileSync(join(directory, 'x'), '')
    await (await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', directory] })).stop()
    t.ok(statSync(join(directory, FILE_NAME)).size > 0)
  }
})
