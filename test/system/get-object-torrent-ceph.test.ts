import {
  CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectCommand,
  GetObjectTorrentCommand, HeadObjectCommand,
  PutBucketRequestPaymentCommand, PutBucketVersioningCommand, PutObjectAclCommand, PutObjectCommand, UploadPartCommand
} from '@aws-sdk/client-s3'
import type { GetObjectTorrentCommandInput, S3Client } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { parsed } from '../support/pieces.js'
import { checkTorrent } from '../support/torrent-check.js'

async function torrentOf (client: S3Client, input: GetObjectTorrentCommandInput): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectTorrentCommand(input))
  return Buffer.from(await Body?.transformToByteArray() ?? [])
}

t.test('GetObjectTorrent of objects on Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, 'python-libtorrent', 'python-boto3', 'transmission-show')) return
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--credentials-file', store.credentialsFile]
  })
  const atStore = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const alice = s3Client(t, { endpoint: server.url, keyPair: store.alice })
  const bob = s3Client(t, { endpoint: server.url, keyPair: store.bob })
  const bucket = bucketName('objects')
  await atStore.send(new CreateBucketCommand({ Bucket: bucket }))
  const anonymous = (key: string, more = ''): Promise<HttpResponse> => httpGet(
    `${server.url}/${bucket}/${key}?torrent${more}`
  )
  const denied = { name: 'AccessDenied', message: 'Access Denied', $metadata: { httpStatusCode: 403 } }

  t.test('objects of one byte, a piece less one, a piece, a piece and one', async (t) => {
    for (const size of [1, 16383, 16384, 16385]) {
      const Key = `${size}.bin`
      const content = contentAt(size, 0, size)
      await atStore.send(new PutObjectCommand({ Bucket: bucket, Key, Body: content }))
      const view = await checkTorrent(t, await torrentOf(alice, { Bucket: bucket, Key }), {
        name: Key, content, pieceLength: 16384
      })
      t.equal(view.pieces.length, size > 16384 ? 2 : 1)
    }
  })

  t.test('an object of zero bytes is refused', async (t) => {
    await atStore.send(new PutObjectCommand({ Bucket: bucket, Key: 'empty', Body: '' }))
    await t.rejects(torrentOf(alice, { Bucket: bucket, Key: 'empty' }), {
      name: 'InvalidRequest',
      message: 'Torrent creation is not supported for objects of zero bytes',
      $metadata: {
        httpStatusCode: 400
      }
    })
  })

  t.test('a multipart upload of 20 MB', async (t) => {
    const Key = 'multipart.bin'
    const content = contentAt(20, 0, 20_000_000)
    const { UploadId } = await atStore.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
    const Parts: Array<{ ETag: string | undefined, PartNumber: number }> = []
    for (let at = 0; at < content.length; at += 6_000_000) {
      const PartNumber = Parts.length + 1
      const { ETag } = await atStore.send(new UploadPartCommand({
        Bucket: bucket, Key, UploadId, PartNumber, Body: content.subarray(at, at + 6_000_000)
      }))
      Parts.push({ ETag, PartNumber })
    }
    await atStore.send(new CompleteMultipartUploadCommand({
      Bucket: bucket, Key, UploadId, MultipartUpload: { Parts }
    }))
    const { ETag } = await atStore.send(new HeadObjectCommand({ Bucket: bucket, Key }))
    t.match(ETag, /^"[0-9a-f]{32}-4"$/)
    const view = await checkTorrent(t, await torrentOf(alice, { Bucket: bucket, Key }), {
      name: Key, content, pieceLength: 16384
    })
    t.equal(view.pieces.length, 1221)
  })

  t.test('who may read it', async (t) => {
    const content = contentAt(3, 0, 50_000)
    const Key = 'shared.bin'
    const input = { Bucket: bucket, Key }
    await atStore.send(new PutObjectCommand({ ...input, Body: content }))
    const owners = await torrentOf(alice, input)
    t.strictSame(
      (await checkTorrent(t, owners, { name: Key, content, pieceLength: 16384 })).webSeeds,
      [],
      'a private object has no web seed, for its owner neither'
    )
    await t.rejects(torrentOf(bob, input), denied)
    t.equal((await anonymous(Key)).status, 403, 'private')

    await atStore.send(new PutObjectAclCommand({ ...input, GrantRead: 'id=bob' }))
    // Ceph takes a change of the ACL for one of the object: Last-Modified, and so the creation date, is another.
    const infoHash = (await parsed(owners)).infoHash
    t.equal(
      (await parsed(await torrentOf(bob, input))).infoHash,
      infoHash,
      'granted to bob: he gets the torrent that alice got'
    )
    t.equal((await anonymous(Key)).status, 403, 'and nobody else')

    await atStore.send(new PutObjectAclCommand({ ...input, ACL: 'public-read' }))
    const { status, body } = await anonymous(Key)
    t.equal(status, 200)
    const view = await checkTorrent(t, body, { name: Key, content, pieceLength: 16384 })
    t.equal(view.webSeeds.length, 1, 'public')
    t.same(await torrentOf(alice, input), body, 'one torrent for all')
    t.same(await torrentOf(bob, input), body)
    t.equal(view.infoHash, infoHash, 'one swarm, whether public or not')

    await atStore.send(new PutObjectAclCommand({ ...input, ACL: 'private' }))
    t.equal((await anonymous(Key)).status, 403, 'private again: the next request is refused')
    await t.rejects(torrentOf(bob, input), denied)
  })

  t.test('SSE-C: stored so, or asked so', async (t) => {
    const customerKey = Buffer.alloc(32, 7)
    const customer = {
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: customerKey.toString('base64'),
      SSECustomerKeyMD5: createHash('md5').update(customerKey).digest('base64')
    }
    await atStore.send(new PutObjectCommand({
      Bucket: bucket, Key: 'sse-c.bin', Body: contentAt(4, 0, 100), ...customer, ACL: 'public-read'
    }))
    await atStore.send(new PutObjectCommand({
      Bucket: bucket, Key: 'plain.bin', Body: contentAt(4, 0, 100), ACL: 'public-read'
    }))
    const headers = {
      'x-amz-server-side-encryption-customer-algorithm': customer.SSECustomerAlgorithm,
      'x-amz-server-side-encryption-customer-key': customer.SSECustomerKey,
      'x-amz-server-side-encryption-customer-key-md5': customer.SSECustomerKeyMD5
    }
    const message =
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to ' +
      'retrieve the object.'
    await t.rejects(torrentOf(alice, { Bucket: bucket, Key: 'sse-c.bin' }), {
      name: 'InvalidRequest', message, $metadata: { httpStatusCode: 400 }
    })
    const answers = [
      await anonymous('sse-c.bin'),
      await httpGet(`${server.url}/${bucket}/sse-c.bin?torrent`, { headers }),
      await httpGet(`${server.url}/${bucket}/plain.bin?torrent`, { headers })
    ]
    for (const { status, body } of answers) {
      t.equal(status, 400)
      t.match(body.toString(), `<Code>InvalidRequest</Code><Message>${message}</Message>`)
    }
  })

  t.test('requester pays', async (t) => {
    const paid = bucketName('requester-pays')
    const content = contentAt(5, 0, 20_000)
    const input = { Bucket: paid, Key: 'paid.bin' }
    await atStore.send(new CreateBucketCommand({ Bucket: paid }))
    await atStore.send(new PutObjectCommand({ ...input, Body: content, ACL: 'public-read' }))
    await atStore.send(new PutBucketRequestPaymentCommand({
      Bucket: paid, RequestPaymentConfiguration: { Payer: 'Requester' }
    }))
    await t.rejects(torrentOf(bob, input), denied)
    const { RequestCharged, Body } = await bob.send(new GetObjectTorrentCommand({
      ...input, RequestPayer: 'requester'
    }))
    t.equal(RequestCharged, 'requester')
    const torrent = Buffer.from(await Body?.transformToByteArray() ?? [])
    const view = await checkTorrent(t, torrent, { name: 'paid.bin', content, pieceLength: 16384 })
    t.strictSame(view.webSeeds, [], 'nobody can read it for nothing')
    const owners = await alice.send(new GetObjectTorrentCommand(input))
    t.equal(owners.RequestCharged, undefined, 'its owner is not charged')
    t.same(Buffer.from(await owners.Body?.transformToByteArray() ?? []), torrent)
    for (const headers of [{}, { 'x-amz-request-payer': 'requester' }]) {
      t.equal(
        (await httpGet(`${server.url}/${paid}/paid.bin?torrent`, { headers })).status, 403, 'nobody anonymous can pay'
      )
    }
  })

  t.test('versions', async (t) => {
    const versioned = bucketName('versioned')
    const Key = 'report.pdf'
    const contents = [contentAt(6, 0, 1000), contentAt(7, 0, 20_000), contentAt(8, 0, 40_000)]
    const put = async (content?: Buffer): Promise<string> => {
      const { VersionId } = await atStore.send(new PutObjectCommand({
        Bucket: versioned, Key, Body: content, ACL: 'public-read'
      }))
      return VersionId ?? 'null'
    }
    await atStore.send(new CreateBucketCommand({ Bucket: versioned }))
    const ids = [await put(contents[0])]
    await atStore.send(new PutBucketVersioningCommand({
      Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' }
    }))
    ids.push(await put(contents[1]), await put(contents[2]))
    t.equal(ids[0], 'null')
    const ask = (method: string, query: string): Promise<HttpResponse> => {
      const [signed] = signWithBotocore(
        [{ scheme: 'v4-presign', method, url: `${server.url}/${versioned}/${Key}?torrent${query}`, ...store.alice }]
      )
      return httpGet(signed?.url ?? '', { method })
    }
    const torrents: Buffer[] = []
    for (const [i, id] of ids.entries()) {
      const { status, body } = await ask('GET', `&versionId=${id}`)
      t.equal(status, 200)
      const content = contents[i] ?? Buffer.alloc(0)
      const { webSeeds: [seed = ''] } = await checkTorrent(t, body, { name: Key, content, pieceLength: 16384 })
      t.ok((await httpGet(seed)).body.equals(content), 'the web seed is of that version')
      torrents.push(body)
    }
    const latest = await parsed((await ask('GET', '')).body)
    t.equal(latest.infoHash, (await parsed(torrents[2] ?? Buffer.alloc(0))).infoHash, 'without versionId: the latest')

    const { VersionId: marker = '' } = await atStore.send(new DeleteObjectCommand({ Bucket: versioned, Key }))
    for (const query of ['', `&versionId=${marker}`, `&versionId=${'0'.repeat(ids[1]?.length ?? 0)}`]) {
      const { status, body } = await ask('GET', query)
      t.equal(status, 404, query)
      t.match(
        body.toString(), `<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>${Key}</Key>`
      )
      t.equal((await ask('HEAD', query)).status, 404)
    }
    t.same((await ask('GET', `&versionId=${ids[1]}`)).body, torrents[1], 'an old version outlives the delete marker')
    t.ok((await httpGet((await parsed(torrents[1] ?? Buffer.alloc(0))).urlList[0] ?? '')).body.equals(contents[1] ??
      Buffer.alloc(0)), 'and so does its web seed')
    t.equal((await httpGet(latest.urlList[0] ?? '')).status, 404, "the latest's does not")
    for (const query of ['&versionId=', '&versionId', '&versionId=null&versionId=null']) {
      const { status, body } = await httpGet(`${server.url}/${versioned}/${Key}?torrent${query}`)
      t.equal(status, 400, query)
      t.match(body.toString(), '<Code>InvalidArgument</Code><Message>Invalid version id specified</Message>')
    }
  })
})
