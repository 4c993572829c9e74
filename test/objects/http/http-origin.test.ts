import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { HttpOrigin } from '../../../src/objects/http/http-origin.js'
import type { ObjectRead } from '../../../src/objects/objects.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { objectsConformance } from '../objects-conformance.js'
import { readSame } from '../../../src/objects/read-same.js'

const requester = { keyPair: undefined, requestPayer: false }
const object = { bucket: '', key: '' }
const never = new AbortController().signal
const STORED = gzipSync('content '.repeat(1000))

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers STORED, with ranges. */
function answer (more: Record<string, string>): RequestListener {
  return ({ headers: { range } }, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (first === undefined) return response.writeHead(200, { 'content-length': STORED.length, ...more }).end(STORED)
    const part = STORED.subarray(Number(first), Number(last) + 1)
    return response.writeHead(206, {
      'content-length': part.length,
      'content-range': `bytes ${first}-${Number(first) + part.length - 1}/${STORED.length}`,
      ...more
    }).end(part)
  }
}

async function bytesOf ({ body }: ObjectRead): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

objectsConformance(t, async (t) => {
  const store = await startFaultyOrigin(t)
  store.bucket('bkt', { public: true })
  const origin = new HttpOrigin(new URL(`${store.endpoint}/bkt/object`))
  t.teardown(() => origin.close())
  return {
    origin,
    requester,
    put: async (_key, body) => { store.put('bkt', 'object', { body, public: true }) },
    remove: async () => { store.remove('bkt', 'object') },
    hasOneObject: true
  }
})

t.test('what is stored in a Content-Encoding is read as it is stored', async (t) => {
  for (const coding of ['gzip', 'br', 'aws-chunked', 'identity']) {
    const origin = new HttpOrigin(new URL(await serve(t, answer({
      'content-encoding': coding, etag: '"e"', 'last-modified': 'Tue, 05 Mar 2024 10:00:00 UTC'
    }))))
    const head = await origin.head(object, requester, never)
    t.match(head, { size: STORED.length, etag: '"e"', lastModified: new Date('2024-03-05T10:00:00Z') })
    t.ok((await bytesOf(await origin.read(object, requester, { ifMatch: head.etag }, never))).equals(STORED), coding)
    t.ok((await bytesOf(await origin.read(object, requester, { range: { first: 5, last: 9 } }, never))).equals(
      STORED.subarray(5, 10)
    ), coding)
    t.match(
      await origin.workerRead(object, requester, head, { first: 0, last: 1 }),
      { request: { contentEncoding: coding } },
      'and a thread is told of it'
    )
  }
})

t.test('redirects are followed, and threads begin at their end; a password goes no further than its host',
  async (t) => {
    const seen: IncomingHttpHeaders[] = []
    const end = await serve(t, (request, response) => {
      seen.push(request.headers)
      answer({ etag: 'bare' })(request, response)
    })
    const start = new URL(await serve(t, ({ url, headers: { authorization } }, response) => {
      if (url === '/a') response.writeHead(302, { location: '/b' }).end()
      else response.writeHead(307, { location: `${end}/c?d=${authorization?.slice(0, 5)}` }).end()
    }))
    start.username = 'user'
    start.password = 'secret'
    start.pathname = '/a'
    const origin = new HttpOrigin(start)
    const head = await origin.head(object, requester, never)
    t.equal(head.etag, '"bare"')
    const { request } = await origin.workerRead(object, requester, head, { first: 0, last: 1 }) as {
      request: { port: number, path: string, headers: Record<string, string> }
    }
    t.strictSame(
      [request.port, request.path, request.headers['authorization'], request.headers['if-match']],
      [Number(new URL(end).port), '/c?d=Basic', undefined, 'bare']
    )
    t.ok(seen.every(({ authorization }) => authorization === undefined))
    const endless = new HttpOrigin(new URL(await serve(t, ({ url }, response) => {
      response.writeHead(302, { location: `${url}x` }).end()
    })))
    await t.rejects(endless.head(object, requester, never), {
      name: 'OriginUnavailable', message: 'the server answered 302'
    })
  })

t.test('without an ETag the date must be the same', async (t) => {
  let date = 'Tue, 05 Mar 2024 10:00:00 GMT'
  const origin = new HttpOrigin(new URL(await serve(t, (request, response) => {
    answer({ 'last-modified': date })(request, response)
  })))
  const head = await origin.head(object, requester, never)
  t.equal(head.etag, '')
  t.ok((await bytesOf(await readSame(origin, object, requester, head, undefined, never))).equals(STORED))
  date = 'Tue, 05 Mar 2024 10:00:01 GMT'
  await t.rejects(readSame(origin, object, requester, head, undefined, never), { code: 'PreconditionFailed' })
})
