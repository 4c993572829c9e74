import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { S3FastHead } from '../../../src/objects/s3/s3-fast-head.js'
import { S3Requests } from '../../../src/objects/s3/s3-requests.js'
import { until } from '../../support/until.js'

const object = { bucket: 'bkt', key: 'a key' }
const everybody = { keyPair: undefined, requestPayer: false }
const never = new AbortController().signal
const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "e"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n'

/** Heads from an origin that answers the nth request with `answers[n]`, and with nothing behind the last. */
async function before (t: Test, ...answers: string[]): Promise<{
  heads: S3FastHead
  sockets: Socket[]
  asked: () => string[]
}> {
  const sockets: Socket[] = []
  const asked: string[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      asked.push(bytes.toString('latin1'))
      const answer = answers[asked.length - 1]
      if (answer !== undefined) socket.write(answer, 'latin1')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const heads = new S3FastHead(new S3Requests({ endpoint, region: 'us-east-1', addressing: 'path' }))
  t.teardown(async () => {
    await heads.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { heads, sockets, asked: () => asked }
}

t.test('a head, and another one on the same connection', async (t) => {
  const { heads, sockets, asked } = await before(
    t, `${WHOLE}x-amz-meta-a: 1\r\nX-AMZ-META-A: 2\r\nx-amz-meta-u: \u00fc\r\n\r\n`, `${WHOLE}\r\n`
  )
  const head = await heads.head(object, everybody, never)
  t.match(head, { size: 5, etag: '"e"', lastModified: new Date('2026-01-01T00:00:00Z'), requestCharged: false })
  t.match(
    head,
    { headers: { 'x-amz-meta-a': '1, 2', 'x-amz-meta-u': '\u00fc' } },
    'values of one name joined, bytes as they came'
  )
  await new Promise(setImmediate)
  t.match(await heads.head({ ...object, versionId: 'v 1' }, everybody, never), { size: 5 })
  t.match(asked()[0], /^HEAD \/bkt\/a%20key HTTP\/1\.1\r\n/)
  t.match(asked()[1], /^HEAD \/bkt\/a%20key\?versionId=v%201 HTTP\/1\.1\r\n/)
  t.equal(asked()[0]?.match(/^host:/gim)?.length, 1)
  t.equal(sockets.length, 1)
})

t.test('what is no whole head is for somebody else', async (t) => {
  for (const [what, answer, result] of [
    ['a refusal', 'HTTP/1.1 403 Forbidden\r\n\r\n', 403],
    ['a redirect', 'HTTP/1.1 301 Moved Permanently\r\nLocation: http://127.0.0.1:1/\r\n\r\n', 301],
    ['busy', 'HTTP/1.1 503 Slow Down\r\n\r\n', 503],
    ['no ETag', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n', 200],
    ['an empty ETag', `${WHOLE.replace('"e"', '')}\r\n`, 200],
    ['no length', `${WHOLE.replace('Content-Length: 5\r\n', '')}\r\n`, 200],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', undefined],
    ['a head over 16 KiB', `${WHOLE}x: ${'y'.repeat(17_000)}\r\n\r\n`, undefined]
  ] as const) {
    const { heads } = await before(t, answer)
    t.equal(await heads.head(object, everybody, never), result, what)
  }
})

t.test('a date may be missing, or be none', async (t) => {
  for (const answer of [WHOLE.replace('Thu, 01 Jan 2026', 'someday'), WHOLE.replace(/Last-Modified:.*\r\n/, '')]) {
    const { heads } = await before(t, `${answer}\r\n`)
    t.match(await heads.head(object, everybody, never), { size: 5, lastModified: undefined })
  }
})

t.test('nobody listens, or hangs up', async (t) => {
  const { heads, sockets } = await before(t)
  const asking = heads.head(object, everybody, never)
  await until('it is asked', () => sockets.length > 0)
  sockets[0]?.destroy()
  t.equal(await asking, undefined)
  const nobody = new S3FastHead(new S3Requests({
    endpoint: 'http://127.0.0.1:1', region: 'us-east-1', addressing: 'path'
  }))
  t.teardown(() => nobody.close())
  t.equal(await nobody.head(object, everybody, never), undefined)
})

t.test('a body behind a head, which none may have, is no answer to what is asked next', async (t) => {
  const forged = `${WHOLE.replace('"e"', '"forged"')}\r\n`
  const { heads } = await before(t, `${WHOLE}\r\n${forged}`, `${WHOLE.replace('"e"', '"second"')}\r\n`)
  t.match(await heads.head(object, everybody, never), { etag: '"e"' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const second = await heads.head(object, everybody, never)
  t.match(second, { etag: '"second"' })
})

t.test('a signal ends the wait, and the connection', async (t) => {
  const { heads, sockets } = await before(t)
  const leaving = new AbortController()
  const asking = heads.head(object, everybody, leaving.signal)
  await until('it is asked', () => sockets.length > 0)
  const closed = once(sockets[0] as Socket, 'close')
  leaving.abort(new Error('the client left'))
  await t.rejects(asking, { message: 'the client left' })
  await closed
  await t.rejects(heads.head(object, everybody, leaving.signal), { message: 'the client left' }, 'and before it begins')
})
