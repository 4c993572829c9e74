import { copyFileSync, existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { FILE_NAME } from '../../src/store/lmdb/databases.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const PAGE = 4096
const origin = await startFaultyOrigin(t)
const root = t.testdir({ sound: {} })
const sound = join(root, 'sound', FILE_NAME)

const start = (t: Test, directory: string): Promise<Server> => startServer(t, {
  args: ['--origin', origin.endpoint, '--data-dir', directory, '--piece-length', '16384']
})
const filling = await start(t, join(root, 'sound'))
const objects = Array.from({ length: 6 }, (_, i) => {
  const size = i % 3 === 0 ? 9_000_000 + i : 200_000 * (i + 1)
  return { ...hashing(origin, filling).put({ size, seed: i % 4 }), size }
})
for (const { key } of objects) await hashing(origin, filling).ask(key)
await filling.stop()

/** That a server with this data directory answers right, before and after it has kept more. */
async function serves (t: Test, directory: string, { keepsAll = true } = {}): Promise<Server> {
  const server = await start(t, directory)
  const { ask, right } = hashing(origin, server)
  for (const { key, object } of objects) t.equal(await outcomeOf(await ask(key), object.options), 'torrent of 0', key)
  for (let i = 0; i < 2; i++) await right(t, { size: 300_000 + i, seed: 1 }, `more ${i}`)
  const read = origin.bytesSent
  for (const { key, object } of objects) {
    t.equal(await outcomeOf(await ask(key), object.options), 'torrent of 0', `${key} again`)
  }
  if (keepsAll) t.equal(origin.bytesSent, read, 'all is known now')
  t.same(await server.stop(), { code: 0, signal: null })
  return server
}

const DAMAGES: Record<string, (path: string, length: number) => void> = {
  'an empty file': (path) => writeFileSync(path, ''),
  garbage: (path) => writeFileSync(path, Buffer.alloc(300_000, 'garbage ')),
  'cut after two pages': (path) => truncateSync(path, 2 * PAGE),
  'cut within a page': (path, length) => truncateSync(path, Math.floor(length / 2)),
  'its last page is missing': (path, length) => truncateSync(path, length - PAGE)
}
for (const [name, damage] of Object.entries(DAMAGES)) {
  t.test(`F12: ${name}`, async (t) => {
    const directory = t.testdir({})
    const path = join(directory, FILE_NAME)
    copyFileSync(sound, path)
    damage(path, readFileSync(sound).length)
    await serves(t, directory)
  })
}

t.test('F12: any page is zeros, or another page', async (t) => {
  const pages = readFileSync(sound).length / PAGE
  const directory = t.testdir({})
  for (let i = 0; i < 4; i++) {
    const page = Math.floor(i * pages / 4)
    const file = readFileSync(sound)
    if (i % 2 === 0) file.fill(0, page * PAGE, (page + 1) * PAGE)
    else file.copy(file, page * PAGE, PAGE * 3, PAGE * 4)
    writeFileSync(join(directory, FILE_NAME), file)
    // LMDB may be able to read a page and not to change it.
    await t.test(`page ${page} of ${pages}`, (t) => serves(t, directory, { keepsAll: false }))
  }
})

t.test('F12: a flip in every record', async (t) => {
  const directory = t.testdir({})
  const file = readFileSync(sound)
  let flips = 0
  for (let at = 0; (at = file.indexOf('"created":', at)) >= 0; at += 20, flips++) {
    file.writeUInt8(file.readUInt8(at + 12) ^ 1, at + 12)
  }
  t.ok(flips >= objects.length)
  writeFileSync(join(directory, FILE_NAME), file)
  const server = await serves(t, directory)
  t.match(server.stderr(), 'a damaged record is dropped', 'it is said')
  t.notOk(existsSync(join(directory, `${FILE_NAME}.damaged`)), 'the file itself is not')
})

t.test('F12: what is beside it', async (t) => {
  const directory = t.testdir({
    'torrents-3.mdb': 'from the future', 'torrents-0.mdb': '', 'torrents-x.mdb': '', [`${FILE_NAME}-lock`]: 'garbage'
  })
  copyFileSync(sound, join(directory, FILE_NAME))
  const read = origin.bytesSent
  const server = await start(t, directory)
  for (const { key, object } of objects) {
    t.equal(await outcomeOf(await hashing(origin, server).ask(key), object.options), 'torrent of 0', key)
  }
  t.equal(origin.bytesSent, read, 'the own one is used')
  const lines = server.stderr().split('\n').filter((line) => line.includes('another version'))
  t.equal(lines.length, 2)
  await server.stop()
  t.equal(readFileSync(join(directory, 'torrents-3.mdb'), 'utf8'), 'from the future')
})

t.test('F12: a damaged file is set aside once, and the operator is told', async (t) => {
  const directory = t.testdir({ [FILE_NAME]: 'garbage' })
  const first = await start(t, directory)
  t.match(first.stderr(), 'the store is damaged and was set aside; objects are hashed again')
  await first.stop()
  t.equal(readFileSync(join(directory, `${FILE_NAME}.damaged`), 'utf8'), 'garbage')
  const second = await start(t, directory)
  t.notMatch(second.stderr(), /damaged/)
  t.same(readdirSync(directory).filter((name) => !name.includes('-lock')).sort(), [FILE_NAME, `${FILE_NAME}.damaged`])
})
