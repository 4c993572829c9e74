import {
  CreateBucketCommand, GetObjectTorrentCommand, PutBucketRequestPaymentCommand, PutObjectCommand
} from '@aws-sdk/client-s3'
import t from 'tap'
import type { Test } from 'tap'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { checkTorrent } from '../support/torrent-check.js'

t.test("objects published with --public, read with the server's own pair", async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, 'python-libtorrent', 'transmission-show')) return
  const bucket = bucketName('published')
  const bobs = bucketName('published-bob')
  const server = await startServer(t, {
    args: [
      '--origin', store.endpoint, '--credentials-file', store.credentialsFile, '--anonymous', 'deny', '--public',
      `${bucket}/released/`, '--public', bobs
    ],
    env: { AWS_ACCESS_KEY_ID: store.alice.accessKeyId, AWS_SECRET_ACCESS_KEY: store.alice.secretAccessKey }
  })
  const alice = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const bob = s3Client(t, { endpoint: store.endpoint, keyPair: store.bob })
  const content = contentAt(40, 0, 60_000)
  await alice.send(new CreateBucketCommand({ Bucket: bucket }))
  await bob.send(new CreateBucketCommand({ Bucket: bobs }))
  const put = (Key: string, Body = content): Promise<unknown> => alice.send(new PutObjectCommand({
    Bucket: bucket, Key, Body
  }))
  const refused = async (t: Test, path: string, headers = {}): Promise<void> => {
    const { status, body } = await httpGet(`${server.url}${path}`, { headers })
    t.equal(status, 403, path)
    t.match(body.toString(), '<Code>AccessDenied</Code><Message>Access Denied</Message>')
  }

  t.test('a private object under the prefix is public here: torrent and web seed', async (t) => {
    await put('released/film.mkv')
    t.equal((await httpGet(`${store.endpoint}/${bucket}/released/film.mkv`)).status, 403, 'private at the store')
    const { status, body } = await httpGet(`${server.url}/${bucket}/released/film.mkv?torrent`)
    t.equal(status, 200)
    const { webSeeds: [seed = ''] } = await checkTorrent(t, body, { name: 'film.mkv', content, pieceLength: 16384 })
    const part = await httpGet(seed, { headers: { range: 'bytes=16384-32767' } })
    t.equal(part.status, 206)
    t.ok(part.body.equals(content.subarray(16384, 32768)))
    await put('released/film.mkv', contentAt(41, 0, 60_000))
    t.equal((await httpGet(seed)).status, 404, 'overwritten: the old seed is gone')
  })

  t.test('nothing else is', async (t) => {
    await put('released/pinned.bin')
    const [pinned = ''] = (await parsed(
      (await httpGet(`${server.url}/${bucket}/released/pinned.bin?torrent`)).body
    )).urlList
    for (const key of ['secret/film.mkv', 'released', 'released-not/film.mkv', 'Released/film.mkv']) {
      await put(key)
      await refused(t, `/${bucket}/${key}?torrent`)
      await refused(t, `/${bucket}/${key}`)
      // Both have the same bytes and so, on Ceph, the same ETag: the pin is right and the key is not.
      t.equal((await httpGet(pinned.replace('released/pinned.bin', key))).status, 404, `the seed of ${key}`)
    }
    t.equal((await httpGet(pinned)).status, 200)
    const { body } = await httpGet(`${server.url}/${bucket}/released/../secret/film.mkv?torrent`)
    t.match(body.toString(), '<Code>AccessDenied</Code>', 'a key with .. is never published, whatever it begins with')
  })

  t.test("whose bucket it is, asked with the server's pair where the requester may not see it", async (t) => {
    await alice.send(new PutObjectCommand({ Bucket: bucket, Key: 'open.bin', Body: content, ACL: 'public-read' }))
    const here = s3Client(t, { endpoint: server.url, keyPair: store.bob })
    const ask = { Bucket: bucket, Key: 'open.bin' }
    t.equal(
      (await here.send(new GetObjectTorrentCommand({ ...ask, ExpectedBucketOwner: 'alice' }))).$metadata.httpStatusCode,
      200
    )
    await t.rejects(here.send(new GetObjectTorrentCommand({ ...ask, ExpectedBucketOwner: 'bob' })), {
      name: 'AccessDenied', message: 'Access Denied'
    })
  })

  t.test("nobody anonymous makes the server's own account pay", async (t) => {
    await bob.send(new PutObjectCommand({ Bucket: bobs, Key: 'paid.bin', Body: content, ACL: 'public-read' }))
    t.equal((await httpGet(`${server.url}/${bobs}/paid.bin?torrent`)).status, 200, 'for nothing')
    await bob.send(new PutBucketRequestPaymentCommand({
      Bucket: bobs, RequestPaymentConfiguration: { Payer: 'Requester' }
    }))
    await refused(t, `/${bobs}/paid.bin?torrent`)
    await refused(t, `/${bobs}/paid.bin?torrent`, { 'x-amz-request-payer': 'requester' })
    await refused(t, `/${bobs}/paid.bin?torrent&x-amz-request-payer=requester`)
  })
})
