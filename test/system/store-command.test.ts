import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { FILE_NAME } from '../../src/store/lmdb/databases.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing } from '../support/hashing.js'
import { runServer, startServer } from '../support/server.js'

const origin = await startFaultyOrigin(t)

/** A data directory with the hashes of so many objects. */
async function filled (t: Test, objects: number): Promise<string> {
  const directory = t.testdir({})
  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', directory] })
  const { right } = hashing(origin, server)
  for (let i = 0; i < objects; i++) await right(t, { size: 2_000_000 + i, seed: 1 }, `object ${i}`)
  await server.stop()
  return directory
}

const store = (directory: string, action: string) => runServer(['store', action, '--data-dir', directory])

t.test('stats, verify, clear', async (t) => {
  const directory = await filled(t, 3)
  const stats = await store(directory, 'stats')
  t.equal(stats.code, 0)
  t.match(
    stats.stdout,
    `${join(directory, FILE_NAME)}\n  3 torrents of objects of 6.0 MB in all\n  0 objects hashed in part\n`
  )
  t.match(stats.stdout, /^ {2}\d+\.\d kB used, the file has \d+\.\d [kM]B$/m)
  t.match(stats.stdout, /^ {2}least recently used: 2\d{3}-\d\d-\d\dT[\d:.]+Z$/m)
  t.equal(
    (await runServer(['store', 'stats'], { OBJECT_TORRENT_DATA_DIR: directory })).stdout,
    stats.stdout,
    'the directory also by its variable'
  )
  t.same(await store(directory, 'verify'), {
    code: 0, signal: null, stdout: '3 records checked: all whole.\n', stderr: ''
  })
  t.same(await store(directory, 'clear'), {
    code: 0, signal: null, stdout: 'Forgot the hashes of 3 objects.\n', stderr: ''
  })
  t.match(
    (await store(directory, 'stats')).stdout,
    /^ {2}0 torrents of objects of 0 bytes in all\n {2}0 objects hashed in part\n {2}0 bytes used, the file has [^\n]+\n$/m
  )
  t.match((await store(directory, 'verify')).stdout, '0 records checked: all whole.')
  t.match((await store(directory, 'clear')).stdout, 'Forgot the hashes of 0 objects.')
})

t.test('no store there: nothing is made', async (t) => {
  const directory = t.testdir({ empty: {}, file: '' })
  for (const [place, action] of [
    ['empty', 'stats'], ['nowhere', 'verify'], ['file', 'clear'], ['empty', 'clear']
  ] as const) {
    const { code, stdout, stderr } = await store(join(directory, place), action)
    t.same(
      [code, stdout + stderr],
      [1, `There is no store in ${join(directory, place)}; --data-dir names another directory.\n`]
    )
  }
  t.same(readdirSync(directory, { recursive: true }).sort(), ['empty', 'file'])
})

t.test('what is no store command', async (t) => {
  const directory = t.testdir({})
  for (const words of [['nonsense'], []]) {
    const { code, stdout, stderr } = await runServer(['store', ...words, '--data-dir', directory])
    t.same(
      [code, stdout],
      [2, ''],
      words.join(' ')
    )
    t.match(stderr, /^object-torrent: [^\n]+; see object-torrent store --help\.\n$/)
  }
  t.match((await runServer(['--help'])).stdout, 'object-torrent store stats|verify|clear [--data-dir DIR]')
})

t.test('a file that is damaged as a whole', async (t) => {
  const directory = t.testdir({})
  for (const [action, content] of [
    ['stats', Buffer.alloc(0)], ['verify', Buffer.from('garbage')], ['clear', Buffer.alloc(50_000, 'x')]
  ] as const) {
    writeFileSync(join(directory, FILE_NAME), content)
    const { code, stdout, stderr } = await store(directory, action)
    t.equal(code, 1, action)
    t.match(stdout, `${join(directory, FILE_NAME)} is damaged.`)
    t.equal(stderr, '')
    t.ok(readFileSync(join(directory, FILE_NAME)).equals(content), 'it is left as it was')
  }
})

t.test('a record that is damaged', async (t) => {
  const directory = await filled(t, 3)
  const path = join(directory, FILE_NAME)
  const file = readFileSync(path)
  // In the digests of one record, in every page that had it.
  for (let at = 0; (at = file.indexOf('"size":2000001', at)) >= 0; at += 20) file.write('7', at + 7)
  writeFileSync(path, file)
  const { code, stdout } = await store(directory, 'verify')
  t.equal(code, 1)
  t.match(stdout, /^1 object with damaged records, 2 records whole\. .*hashed again\.\n {2}[0-9a-f]{64}\n$/)
  t.equal((await store(directory, 'stats')).code, 0)
})

// Root without its capabilities has to keep to a file's mode.
const AS_ANYBODY = process.getuid?.() === 0 ? 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"' : ''

t.test('a store that one may not read is no damaged one', async (t) => {
  const directory = t.testdir({ [FILE_NAME]: '' })
  chmodSync(join(directory, FILE_NAME), 0)
  const { code, stdout, stderr } = await runServer(['store', 'stats', '--data-dir', directory], {}, AS_ANYBODY)
  t.same([code, stdout, stderr], [
    1, '', `object-torrent: ${join(directory, FILE_NAME)} cannot be used (EACCES); be the user whose server keeps it.\n`
  ])
})
