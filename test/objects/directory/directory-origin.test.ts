import { setMaxListeners } from 'node:events'
import { appendFileSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { DirectoryOrigin } from '../../../src/objects/directory/directory-origin.js'
import { nameOf } from '../../../src/objects/folder-listing.js'
import type { ListedObject } from '../../../src/objects/listing.js'
import { bucketsConformance } from '../buckets-conformance.js'
import { listingConformance } from '../listing-conformance.js'
import { objectsConformance } from '../objects-conformance.js'
import { until } from '../../support/until.js'
import { partReadsConformance } from '../part-reads-conformance.js'

const requester = { keyPair: undefined, requestPayer: false }
const never = new AbortController().signal

async function setUp (t: Test) {
  const root = t.testdir({ bkt: {} })
  const origin = new DirectoryOrigin(root)
  t.teardown(() => origin.close())
  return {
    origin,
    requester,
    put: async (key: string, body: Buffer) => {
      const path = join(root, 'bkt', key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, body)
    },
    remove: (key: string) => rm(join(root, 'bkt', key))
  }
}

objectsConformance(t, setUp)
partReadsConformance(t, setUp)

bucketsConformance(t, async (t) => {
  const { origin, put } = await setUp(t)
  await put('object', Buffer.from('x'))
  return { buckets: origin, requester }
})

listingConformance(t, async (t) => {
  const { origin, put } = await setUp(t)
  return { listing: origin, requester, put, head: (key) => origin.head({ bucket: 'bkt', key }, requester, never) }
})

t.test('a file that changes while it is read never ends well', async (t) => {
  const root = t.testdir({ bkt: {} })
  const path = join(root, 'bkt', 'big')
  const changes: Record<string, () => void> = {
    'other bytes': () => writeFileSync(path, Buffer.alloc(4 << 20, 'b')),
    'other bytes under the old time': () => { writeFileSync(path, Buffer.alloc(4 << 20, 'c')); utimesSync(path, 1, 1) },
    'fewer bytes': () => writeFileSync(path, Buffer.alloc(1 << 20, 'a'))
  }
  for (const [name, change] of Object.entries(changes)) {
    writeFileSync(path, Buffer.alloc(4 << 20, 'a'))
    utimesSync(path, 1, 1)
    const { body } = await new DirectoryOrigin(root).read({ bucket: 'bkt', key: 'big' }, requester, {}, never)
    let received = 0
    await t.rejects(async () => {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        t.ok(chunk.every((byte) => byte === 97), 'no new byte')
        if (received === 0) change()
        received += chunk.length
      }
    }, { name: 'OriginUnavailable' }, name)
    t.ok(received < 4 << 20, 'the end is not handed over')
  }
})

t.test('a file that another one is renamed over is read to its end', async (t) => {
  const root = t.testdir({ bkt: {} })
  const path = join(root, 'bkt', 'big')
  writeFileSync(path, Buffer.alloc(4 << 20, 'a'))
  const { body } = await new DirectoryOrigin(root).read({ bucket: 'bkt', key: 'big' }, requester, {}, never)
  writeFileSync(`${path}.new`, Buffer.alloc(4 << 20, 'b'))
  let received = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (received === 0) renameSync(`${path}.new`, path)
    received += chunk.length
    t.ok(chunk.every((byte) => byte === 97), 'the old bytes')
  }
  t.equal(received, 4 << 20)
})

t.test('two writes in quick succession are two ETags', async (t) => {
  const root = t.testdir({})
  mkdirSync(join(root, 'bkt'))
  const origin = new DirectoryOrigin(root)
  const etags = new Set<string>()
  for (let i = 0; i < 20; i++) {
    writeFileSync(join(root, 'bkt', 'k'), String(i % 10))
    etags.add((await origin.head({ bucket: 'bkt', key: 'k' }, requester, never)).etag)
  }
  t.equal(etags.size, 20)
})

t.test('hidden directories, and whatever is no name, are no buckets', async (t) => {
  const root = t.testdir({
    buckets: { '.ssh': { key: 'secret' }, '...': { key: 'secret' }, My_Bucket: { key: 'x' }, '-': { key: 'x' } },
    outside: { key: 'secret' }
  })
  const origin = new DirectoryOrigin(join(root, 'buckets'))
  for (const bucket of [
    '.ssh', '...', '..', '../outside', 'My_Bucket/../.ssh', '/', '', `${root}/outside`, './.ssh', 'My_Bucket/..',
    'My_Bucket\0'
  ]) {
    await t.rejects(
      origin.head({ bucket, key: 'key' }, requester, never), { code: 'NoSuchBucket' }, JSON.stringify(bucket)
    )
    await t.rejects(origin.headBucket(bucket), { code: 'NoSuchBucket' }, JSON.stringify(bucket))
  }
  for (const bucket of ['My_Bucket', '-']) {
    t.equal((await origin.head({ bucket, key: 'key' }, requester, never)).size, 1)
  }
})

t.test('questions do not wait for the reads of bodies, and those of one client not for all of another', async (t) => {
  const BODIES = 60
  const SIZE = 16 * 1024 * 1024
  const root = t.testdir({ bkt: { large: Buffer.alloc(SIZE, 7), small: 'x' } })
  const origin = new DirectoryOrigin(root)
  const askedBy = (network: string) => ({ ...requester, client: { accessKeyId: '', network } })
  const { etag, size } = await origin.head({ bucket: 'bkt', key: 'large' }, requester, never)
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  let blocks = 0
  const pour = async (network: string, last: number, onBytes: () => void): Promise<void> => {
    const opened = await origin.open(
      { bucket: 'bkt', key: 'large' }, askedBy(network), { etag, size, headers: {} }, { first: 0, last }, stop.signal
    )
    await opened.pour({ room: () => undefined, take: (): undefined => { onBytes() } }).finally(() => opened.close())
  }
  const all = Promise.allSettled(Array.from({ length: BODIES }, () => pour('many', SIZE - 1, () => { blocks++ })))
  await until('all are read', () => blocks > BODIES)
  let before = blocks
  await origin.head({ bucket: 'bkt', key: 'small' }, askedBy('one'), never)
  t.ok(blocks - before < BODIES, `${blocks - before} blocks were read before the answer`)
  before = blocks
  let own = 0
  await pour('one', 10 * 64 * 1024 - 1, () => { own++ })
  t.equal(own, 10)
  t.ok(blocks - before < 2 * BODIES, `${blocks - before} blocks were read meanwhile, of ${BODIES} others`)
  const enough = new Error('enough')
  stop.abort(enough)
  t.ok((await all).every((one) => one.status === 'fulfilled' || one.reason === enough))
})

t.test('a file that is being written has no ETag in a listing, and the others are listed all the same', async (t) => {
  const root = t.testdir({ bkt: { a: 'x', growing: '', z: 'x' } })
  const origin = new DirectoryOrigin(root)
  const writer = setInterval(() => { appendFileSync(join(root, 'bkt/growing'), 'x') }, 1)
  const found = await until('a listing comes upon it', async () => {
    const found = new Map<string, ListedObject>()
    for await (const object of origin.list('bkt', '', requester, never)) found.set(object.key, object)
    return found.get('growing')?.etag === '' && found
  }).finally(() => { clearInterval(writer) })
  t.strictSame([...found.keys()].sort(), ['a', 'growing', 'z'])
  t.match(found.get('growing'), { lastModified: undefined })
  t.ok((found.get('growing')?.size ?? 0) > 0)
})

t.test('a folder is in its bucket, links or not, and its names come in order, however many', async (t) => {
  const root = t.testdir({ bkt: { many: {}, real: { a: 'x' } }, outside: { secret: 'x' } })
  symlinkSync(join(root, 'outside'), join(root, 'bkt/out'))
  symlinkSync(join(root, 'bkt/real'), join(root, 'bkt/within'))
  symlinkSync(join(root, 'bkt/real/a'), join(root, 'bkt/file'))
  const origin = new DirectoryOrigin(root)
  const names = async (prefix: string, { after = '', wanted = 100 } = {}): Promise<string[]> => {
    const found: string[] = []
    for await (const entry of origin.listFolder({ bucket: 'bkt', prefix, after, wanted }, requester, never)) {
      found.push(nameOf(entry))
    }
    return found
  }
  t.strictSame(await names(''), ['file', 'many/', 'real/'])
  for (const prefix of ['out/', 'within/', '../outside/', 'real/../../outside/']) t.strictSame(await names(prefix), [])
  const keys = Array.from({ length: 1_100 }, (_, i) => `many/${String(i * 7 % 1_100).padStart(4, '0')}`)
  for (const key of keys) writeFileSync(join(root, 'bkt', key), '')
  keys.sort()
  t.strictSame(await names('many/'), keys)
  t.strictSame(await names('many/', { wanted: 5_000, after: 'many/0009' }), keys.slice(10))
})
