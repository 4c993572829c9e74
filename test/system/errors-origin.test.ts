import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { contentAt } from '../support/content.js'
import { checkErrors } from '../support/error-check.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

const GIB = 2 ** 30
const noSuchKey = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' }
const denied = { status: 403, code: 'AccessDenied', message: 'Access Denied' }
const unavailable = { status: 503, code: 'ServiceUnavailable', message: 'Service is unable to handle request.' }
const slowDown = {
  status: 503, code: 'SlowDown', message: 'Please reduce your request rate.', answers: { 'retry-after': '5' }
}

t.test('errors that the origin is the reason of', async (t) => {
  if (!need(t, 'python-boto3')) return
  const dir = tempDir(t)
  const carol = { accessKeyId: 'CAROLACCESSKEY000001', secretAccessKey: 'carolsecretkey0000000000000000000000000' }
  const dave = { accessKeyId: 'DAVEACCESSKEY0000001', secretAccessKey: 'davesecretkey00000000000000000000000000' }
  writeFileSync(join(dir, 'credentials'), credentialsText({ carol, dave }))
  const origin = await startFaultyOrigin(t)
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--credentials-file', join(dir, 'credentials')]
  })
  const silent = await startSilentOrigin(t)
  const silentServer = await startServer(t, { args: ['--origin', silent] })
  const sign = { scheme: 'v4', ...carol } as const
  const content = contentAt(80, 0, 40_000)
  const ask = (key: string, options = {}): ReturnType<typeof httpGet> => httpGet(
    `${server.url}/media/${key}?torrent`, options
  )
  // It takes its time, so it is asked before anything else, and looked at in the end.
  const ofSilent = (['GET', 'HEAD'] as const).map((method) => httpGet(`${silentServer.url}/media/key?torrent`, {
    method, timeoutMs: 100_000
  }))

  t.test('the size', async (t) => {
    origin.put('media', 'large', { size: 5 * GIB, public: true })
    origin.put('media', 'largest', { size: 5 * GIB - 1, public: true })
    origin.put('media', 'huge', { size: 5 * 1024 * GIB, public: true })
    const tooLarge = {
      status: 400,
      code: 'InvalidRequest',
      message: 'Torrent creation is not supported for objects larger than 5368709120'
    }
    checkErrors(t, server, [
      { name: '5 GiB', target: '/media/large?torrent', sign, ...tooLarge },
      { name: '5 GiB, unsigned', target: '/media/large?torrent', ...tooLarge },
      { name: '5 TiB', target: '/media/huge?torrent', sign, ...tooLarge }
    ])
    t.test('5 GiB less one byte is not too large', async (t) => {
      t.equal((await ask('largest', { method: 'HEAD' })).status, 200)
    })
    t.test('nothing was read of them', async (t) => {
      t.equal(origin.bytesSent, origin.requests.filter(({ status }) => status >= 400).reduce(
        (sum, { bytesSent }) => sum + bytesSent, 0
      ))
    })
  })

  t.test('delete markers, versions and archives', async (t) => {
    origin.put('media', 'deleted', { body: content, versionId: 'v1', public: true })
    origin.put('media', 'deleted', { deleteMarker: true, versionId: 'v2', public: true })
    origin.put('media', 'glacier', { body: content, storageClass: 'GLACIER', public: true })
    origin.put('media', 'deep', { body: content, storageClass: 'DEEP_ARCHIVE', public: true })
    origin.put('media', 'tiered', {
      body: content,
      public: true,
      headers: { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'ARCHIVE_ACCESS' }
    })
    origin.put('media', 'restoring', {
      body: content, storageClass: 'GLACIER', public: true, headers: { 'x-amz-restore': 'ongoing-request="true"' }
    })
    origin.put('media', 'restored', {
      body: content,
      public: true,
      headers: {
        'x-amz-storage-class': 'GLACIER',
        'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"'
      }
    })
    origin.put('media', 'picky', {
      body: content,
      versionId: 'nonsense',
      faults: {
        errorBody: {
          status: 400,
          body: '<Error><Code>InvalidArgument</Code><Message>Invalid version id specified</Message></Error>'
        }
      }
    })
    const archived = {
      status: 403, code: 'InvalidObjectState', message: "The operation is not valid for the object's storage class"
    }
    checkErrors(t, server, [
      {
        name: 'a delete marker is the latest',
        target: '/media/deleted?torrent',
        sign,
        ...noSuchKey,
        details: { Key: 'deleted' },
        answers: { 'x-amz-delete-marker': 'true' }
      },
      {
        name: 'a delete marker by its version',
        target: '/media/deleted?torrent&versionId=v2',
        sign,
        status: 405,
        code: 'MethodNotAllowed',
        message: 'The specified method is not allowed against this resource.',
        details: { ResourceType: 'DeleteMarker' },
        answers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' }
      },
      {
        name: 'no such version',
        target: '/media/deleted?torrent&versionId=v3',
        sign,
        status: 404,
        code: 'NoSuchVersion',
        message: 'The specified version does not exist.',
        details: { Key: 'deleted', VersionId: 'v3' }
      },
      {
        name: 'a version id that the origin cannot read',
        target: '/media/picky?torrent&versionId=nonsense',
        sign,
        status: 400,
        code: 'InvalidArgument',
        message: 'Invalid version id specified',
        details: { ArgumentName: 'versionId', ArgumentValue: 'nonsense' }
      },
      { name: 'GLACIER', target: '/media/glacier?torrent', sign, ...archived, details: { StorageClass: 'GLACIER' } },
      {
        name: 'DEEP_ARCHIVE, unsigned',
        target: '/media/deep?torrent',
        ...archived,
        details: { StorageClass: 'DEEP_ARCHIVE' }
      },
      {
        name: "INTELLIGENT_TIERING's archive",
        target: '/media/tiered?torrent',
        sign,
        ...archived,
        details: { StorageClass: 'INTELLIGENT_TIERING' }
      },
      {
        name: 'being restored',
        target: '/media/restoring?torrent',
        sign,
        ...archived,
        details: {
          StorageClass: 'GLACIER'
        }
      }
    ])
    t.test('an older version, and an archived object that is restored, have a torrent', async (t) => {
      for (const key of ['deleted?torrent&versionId=v1', 'restored?torrent']) {
        const { status, body } = await httpGet(`${server.url}/media/${key}`)
        t.equal(status, 200, key)
        t.equal((await parsed(body)).pieces.length, 3)
      }
    })
  })

  t.test('access that the origin refuses', async (t) => {
    origin.put('media', 'carols', { body: content, readers: [carol.accessKeyId] })
    origin.put('media', 'paid', { body: content, faults: { requesterPays: true } })
    origin.put('media', 'owned', { body: content, public: true, faults: { honourOwner: '111122223333' } })
    origin.put('media', 'sse-c', {
      body: content,
      sseC: {
        code: 'InvalidRequest',
        message: 'The object was stored using a form of Server Side Encryption. The correct parameters must be ' +
        'provided to retrieve the object.'
      }
    })
    origin.bucket('closed', { listers: [carol.accessKeyId] })
    const daves = { scheme: 'v4', ...dave } as const
    checkErrors(t, server, [
      { name: 'no READ access', target: '/media/carols?torrent', sign: daves, ...denied },
      { name: 'no READ access, unsigned', target: '/media/carols?torrent', ...denied },
      { name: 'no such key, and no right to list', target: '/closed/none?torrent', sign: daves, ...denied },
      {
        name: 'no such key, with the right to list',
        target: '/closed/none?torrent',
        sign,
        ...noSuchKey,
        details: { Key: 'none' }
      },
      { name: 'requester pays, without the header', target: '/media/paid?torrent', sign, ...denied },
      {
        name: 'the bucket has another owner, says the origin',
        target: '/media/owned?torrent',
        sign,
        headers: { 'x-amz-expected-bucket-owner': '999999999999' },
        ...denied
      },
      {
        name: "SSE-C, as AWS's origin says it",
        target: '/media/sse-c?torrent',
        sign,
        status: 400,
        code: 'InvalidRequest',
        message: 'The object was stored using a form of Server Side Encryption. The correct parameters must be ' +
          'provided to retrieve the object.'
      }
    ])
    t.test('the right owner, unsigned', async (t) => {
      const { status, body } = await ask('owned', { headers: { 'x-amz-expected-bucket-owner': '111122223333' } })
      t.equal(status, 200)
      t.equal((await parsed(body)).pieces.length, 3)
    })
  })

  t.test('an origin that sends requests elsewhere is not followed', async (t) => {
    const elsewhere = await startFaultyOrigin(t)
    elsewhere.put('media', 'redirected', { body: content, public: true })
    for (const status of [301, 307] as const) {
      origin.put('media', `redirected-${status}`, {
        body: content,
        public: true,
        faults: { redirectTo: { status, location: `${elsewhere.endpoint}/media/redirected` } }
      })
    }
    checkErrors(t, server, [
      { name: '301', target: '/media/redirected-301?torrent', sign, ...unavailable },
      { name: '307', target: '/media/redirected-307?torrent', sign, ...unavailable }
    ])
    origin.put('media', 'folder', {
      body: content,
      public: true,
      faults: { errorBody: { status: 302, body: '<html>Moved</html>', headers: { location: '/media/folder/' } } }
    })
    origin.put('media', 'untagged', { body: content, public: true, faults: { withoutHeaders: { names: ['etag'] } } })
    checkErrors(t, server, [
      {
        name: 'a redirect of one object',
        target: '/media/folder?torrent',
        sign,
        status: 400,
        code: 'InvalidRequest',
        message: 'The origin answers this object with a redirect, and those are not followed: ask for the key that ' +
          'it leads to.'
      },
      {
        name: 'no ETag',
        target: '/media/untagged?torrent',
        sign,
        status: 400,
        code: 'InvalidRequest',
        message: 'The origin gives this object no ETag, without which its versions cannot be told apart: have it ' +
          'send one.'
      }
    ])
    t.test('nor asked', async (t) => {
      t.equal(elsewhere.requests.length, 0)
      t.match(
        server.stderr(),
        'the origin answered 301: check --origin, --origin-addressing and --region',
        'the operator is told'
      )
    })
  })

  t.test('an origin in trouble', async (t) => {
    origin.put('media', 'failing', {
      body: content, public: true, faults: { statusBurst: { status: 500, count: 1000 } }
    })
    origin.put('media', 'busy', { body: content, public: true, faults: { statusBurst: { status: 503, count: 1000 } } })
    origin.put('media', 'throttled', {
      body: content, public: true, faults: { statusBurst: { status: 429, count: 1000 } }
    })
    origin.put('media', 'page', {
      body: content, public: true, faults: { errorBody: { status: 200, body: '<html>Welcome</html>' } }
    })
    checkErrors(t, server, [
      { name: '500s', target: '/media/failing?torrent', sign, ...unavailable },
      { name: '503s', target: '/media/busy?torrent', sign, ...slowDown },
      { name: '429s', target: '/media/throttled?torrent', sign, ...slowDown },
      { name: 'a page that is not S3', target: '/media/page?torrent', sign, ...unavailable }
    ])
    t.test('SlowDown to GET is passed on', async (t) => {
      origin.put('media', 'busy-get', {
        body: content, public: true, faults: { statusBurst: { status: 503, count: 1000, method: 'GET' } }
      })
      const { status, headers, body } = await ask('busy-get')
      t.strictSame([status, headers['retry-after'], headers['content-type']], [503, '5', 'application/xml'])
      t.match(body.toString(), '<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>')
    })
    t.test('one that recovers at once is not noticed', async (t) => {
      origin.put('media', 'recovering', {
        body: content, public: true, faults: { statusBurst: { status: 500, count: 2 } }
      })
      t.equal((await ask('recovering')).status, 200)
    })
  })

  t.test('an object that changes between HEAD and GET: once is a torrent of the new one, always is SlowDown',
    async (t) => {
      const changing = await startChangingOrigin(t, content)
      const server = await startServer(t, {
        args: ['--origin', changing.endpoint, '--credentials-file', join(dir, 'credentials')]
      })
      changing.changes = 1
      const { status, body } = await httpGet(`${server.url}/media/key?torrent`)
      t.equal(status, 200)
      t.strictSame(
        (await parsed(body)).pieces, (await pieceHashesOf(content, 16384)).map((hash) => hash.toString('hex'))
      )
      t.equal(changing.refused, 2, "it was read again, once a thread and the origin's own client were both refused")
      changing.changes = Infinity
      changing.refused = 0
      const answer = await httpGet(`${server.url}/media/another-key?torrent`)
      t.equal(answer.status, 503)
      t.match(answer.body.toString(), '<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>')
      t.equal(answer.headers['retry-after'], '5')
      t.equal(changing.refused, 4, 'and tried no more than twice, both of them')
    })

  t.test('an origin that is down', async (t) => {
    origin.put('media', 'public', { body: content, public: true })
    t.equal((await ask('public')).status, 200)
    const { port } = origin
    await origin.close()
    checkErrors(t, server, [
      { name: 'signed', target: '/media/public?torrent', sign, ...unavailable },
      { name: 'unsigned', target: '/media/public?torrent', ...unavailable }
    ])
    t.test('and is back', async (t) => {
      await origin.listen(port)
      t.equal((await ask('public')).status, 200)
    })
  })

  t.test('an origin that accepts and never answers', async (t) => {
    for (const answer of ofSilent) {
      const { status, body, headers } = await answer
      t.equal(status, 503, 'before clients give up')
      t.match(headers['content-type'], 'application/xml')
      if (body.length > 0) {
        t.match(
          body.toString(), '<Code>ServiceUnavailable</Code><Message>Service is unable to handle request.</Message>'
        )
      }
    }
  })
})

t.test('errors of a directory', async (t) => {
  if (!need(t, 'python-boto3')) return
  const dir = tempDir(t)
  mkdirSync(join(dir, 'media'))
  writeFileSync(join(dir, 'media/file'), 'content')
  const server = await startServer(t, {
    args: ['--origin', dir, '--anonymous', 'deny'],
    env: { AWS_ACCESS_KEY_ID: 'OWNACCESSKEY00000001', AWS_SECRET_ACCESS_KEY: 'own-secret' }
  })
  const sign = { scheme: 'v4', accessKeyId: 'OWNACCESSKEY00000001', secretAccessKey: 'own-secret' } as const
  checkErrors(t, server, [
    {
      name: 'no such bucket',
      target: '/no-such-bucket/file?torrent',
      sign,
      status: 404,
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
      details: { BucketName: 'no-such-bucket' }
    },
    { name: 'no such key', target: '/media/none?torrent', sign, ...noSuchKey, details: { Key: 'none' } },
    {
      name: 'a folder',
      target: '/?torrent',
      sign,
      status: 501,
      code: 'NotImplemented',
      message: 'A header you provided implies functionality that is not implemented'
    },
    { name: '--anonymous deny', target: '/media/file?torrent', ...denied },
    { name: '--anonymous deny, no such bucket', target: '/no-such-bucket/file?torrent', ...denied },
    {
      name: 'an owner that nobody configured',
      target: '/media/file?torrent',
      headers: { 'x-amz-expected-bucket-owner': '111122223333' },
      sign,
      ...denied
    },
    {
      name: 'a version',
      target: '/media/file?torrent&versionId=nonsense',
      sign,
      status: 400,
      code: 'InvalidArgument',
      message: 'Invalid version id specified',
      details: { ArgumentName: 'versionId', ArgumentValue: 'nonsense' }
    }
  ])
})

/** An origin whose connections are accepted and whose requests are never answered. Its endpoint. */
async function startSilentOrigin (t: Test): Promise<string> {
  const sockets = new Set<Socket>()
  const tcp = createTcpServer((socket) => { sockets.add(socket.on('error', () => {}).resume()) })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    tcp.close()
  })
  return `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`
}

interface ChangingOrigin {
  readonly endpoint: string
  /** How many more signed or unsigned GETs find that the object has changed since HEAD. */
  changes: number
  /** GETs that were answered 412. */
  refused: number
}

/** An origin with one public object, which is overwritten right before a GET. */
async function startChangingOrigin (t: Test, content: Buffer): Promise<ChangingOrigin> {
  let generation = 1
  const respond: RequestListener = ({ method, headers }, response) => {
    if (method === 'GET' && state.changes > 0) {
      state.changes--
      generation++
    }
    const etag = `"${String(generation).padStart(32, '0')}"`
    const given = headers['if-match'] ?? etag
    if (given !== etag) {
      state.refused++
      response.writeHead(412, { 'content-type': 'application/xml' }).end(
        '<Error><Code>PreconditionFailed</Code><Message>x</Message></Error>'
      )
      return
    }
    response.writeHead(200, {
      etag, 'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT', 'content-length': content.length
    })
    response.end(method === 'HEAD' ? undefined : content)
  }
  const http = createServer(respond).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  const state: ChangingOrigin = {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, changes: 0, refused: 0
  }
  return state
}
