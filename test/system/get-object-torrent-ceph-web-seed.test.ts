import { CreateBucketCommand, DeleteObjectCommand, PutObjectAclCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import type { Test } from 'tap'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'

t.test('the web seed of a public object on Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined) return
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--credentials-file', store.credentialsFile]
  })
  const alice = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const bucket = bucketName('seed')
  const content = contentAt(30, 0, 100_000)
  await alice.send(new CreateBucketCommand({ Bucket: bucket }))
  const put = (Key: string, Body: Buffer): Promise<unknown> => alice.send(new PutObjectCommand({
    Bucket: bucket, Key, Body, ACL: 'public-read'
  }))
  const seedOf = async (key: string): Promise<string> => {
    const { status, body } = await httpGet(`${server.url}/${bucket}/${key}?torrent`)
    t.equal(status, 200)
    const { urlList: [seed = ''], name, length } = await parsed(body)
    t.strictSame([name, length], [key, content.length])
    return seed
  }
  const refused = (t: Test, { status, body }: HttpResponse, key: string): void => {
    t.equal(status, 404)
    t.match(
      body.toString(), `<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>${key}</Key>`
    )
  }

  t.test('is a path of the server, and serves exactly the range that is asked', async (t) => {
    await put('ranges.bin', content)
    const seed = await seedOf('ranges.bin')
    t.match(seed, new RegExp(`^${server.url}/-/seed/[A-Za-z0-9_-]+/${bucket}/ranges\\.bin$`))
    const whole = await httpGet(seed)
    t.equal(whole.status, 200)
    t.ok(whole.body.equals(content))
    t.equal(whole.headers['content-length'], '100000')
    t.equal(whole.headers['accept-ranges'], 'bytes')
    for (const [range, first, last] of [
      ['0-0', 0, 0], ['0-16383', 0, 16383], ['16384-32767', 16384, 32767], ['98304-99999', 98304, 99999],
      ['98304-114687', 98304, 99999], ['99999-', 99999, 99999], ['-5', 99995, 99999]
    ] as const) {
      const { status, headers, body } = await httpGet(seed, { headers: { range: `bytes=${range}` } })
      t.equal(status, 206, range)
      t.equal(headers['content-range'], `bytes ${first}-${last}/100000`)
      t.equal(headers['content-length'], String(last - first + 1))
      t.ok(body.equals(content.subarray(first, last + 1)), 'its bytes')
    }
    const beyond = await httpGet(seed, { headers: { range: 'bytes=100000-' } })
    t.equal(beyond.status, 416)
    t.equal(beyond.headers['content-range'], 'bytes */100000')
    const head = await httpGet(seed, { method: 'HEAD', headers: { range: 'bytes=1-9' } })
    t.equal(head.status, 206)
    t.equal(head.headers['content-length'], '9')
    t.equal((await httpGet(seed.replace('/ranges.bin', '/other.bin'))).status, 404, 'the pin is of one object')
  })

  t.test('is of one version: any other pin is as if the object did not exist', async (t) => {
    await put('pins.bin', content)
    const seed = await seedOf('pins.bin')
    const [, pin = ''] = /seed\/([^/]+)/.exec(seed) ?? []
    const etag = Buffer.from(pin, 'base64url').toString()
    t.match(etag, /^"[0-9a-f]{32}"$/)
    const forged = [
      '*', '"*"', '""', etag.slice(1, -1), `W/${etag}`, `${etag}, "x"`, etag.toUpperCase(), etag.replace(/./, '\x02'),
      `${etag}\r\nx: y`, 'é'
    ]
    for (const other of forged) {
      for (const headers of [{}, { range: 'bytes=0-9' }, { range: 'bytes=100000-' }]) {
        const { status, body } = await httpGet(seed.replace(pin, Buffer.from(other).toString('base64url')), { headers })
        t.equal(status, 404, `${JSON.stringify(other)} ${JSON.stringify(headers)}`)
        t.match(body.toString(), '<Code>NoSuchKey</Code>')
      }
    }
    t.equal((await httpGet(seed)).status, 200)
    t.notMatch(server.stderr(), '"level":50', 'and nothing to alarm the operator with')
  })

  t.test('is gone once the object is overwritten, and never serves the new bytes', async (t) => {
    await put('overwritten.bin', content)
    const seed = await seedOf('overwritten.bin')
    t.ok((await httpGet(seed)).body.equals(content))
    await put('overwritten.bin', contentAt(31, 0, 100_000))
    for (const headers of [{}, { range: 'bytes=0-16383' }]) {
      refused(t, await httpGet(seed, { headers }), 'overwritten.bin')
    }
    t.equal((await httpGet(seed, { method: 'HEAD' })).status, 404)
    const next = await seedOf('overwritten.bin')
    t.not(next, seed)
    t.ok((await httpGet(next)).body.equals(contentAt(31, 0, 100_000)), 'the new torrent has the new seed')
    await put('overwritten.bin', content)
    t.ok((await httpGet(seed)).body.equals(content), 'the old bytes again: the old seed again')
  })

  t.test('is gone while the object is private, as if it did not exist', async (t) => {
    await put('hidden.bin', content)
    const seed = await seedOf('hidden.bin')
    await alice.send(new PutObjectAclCommand({ Bucket: bucket, Key: 'hidden.bin', ACL: 'private' }))
    refused(t, await httpGet(seed), 'hidden.bin')
    refused(t, await httpGet(seed, { headers: { range: 'bytes=0-0' } }), 'hidden.bin')
    await alice.send(new PutObjectAclCommand({ Bucket: bucket, Key: 'hidden.bin', ACL: 'public-read' }))
    t.ok((await httpGet(seed)).body.equals(content))
  })

  t.test('is gone once the object is deleted', async (t) => {
    await put('deleted.bin', content)
    const seed = await seedOf('deleted.bin')
    await alice.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'deleted.bin' }))
    refused(t, await httpGet(seed), 'deleted.bin')
  })
})
