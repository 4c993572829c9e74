import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { plainGet } from '../../src/net/plain-get.js'
import { rawRequest } from '../support/raw-http.js'

const head = (line: string, ...headers: string[]): string =>
  `${line}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`
const get = (...headers: string[]): string => head('GET /announce?left=0 HTTP/1.1', ...headers)
const read = (text: string): ReturnType<typeof plainGet> => plainGet(Buffer.from(text, 'latin1'))

/** Heads of known clients, and what else node:http takes. */
const PLAIN = [
  'GET / HTTP/1.0\r\n\r\n',
  head('GET /announce?info_hash=%C9%E1Wc+%f2~!"$&\'()*,;=@[]^_`{|}\\ HTTP/1.1', 'Host: x'),
  get('Host: tracker:7070', 'User-Agent: qBittorrent/4.6.0', 'Accept-Encoding: gzip', 'Connection: close'),
  get('User-Agent: Transmission/3.00', 'Host: tracker', 'Accept: */*', 'Accept-Encoding: deflate, gzip, br'),
  get('host:x', 'CONNECTION:Keep-Alive'),
  get('HOST: x', 'connection: \t close'),
  get('Host:', 'X-Empty:', 'X-Blank: \t ', 'a!#$%&\'*+-.^_`|~0: "quoted"; q=1'),
  head('GET /scrape HTTP/1.0'),
  head('GET /scrape HTTP/1.0', 'Connection: keep-alive'),
  head('GET /scrape HTTP/1.0', 'Connection: close', 'Host: x'),
  get(...Array.from({ length: 31 }, (_, i) => `X-${i}: ${i}`), 'Host: x')
]

t.test('what is plain is what node:http reads', async (t) => {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-length', url.length).end(url)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  for (const text of PLAIN) {
    const { status, body, headers, closed } = await rawRequest(port, text)
    t.equal(status, 200)
    const isKept = headers['connection']?.[0] === 'keep-alive'
    t.strictSame([body.toString('latin1'), isKept, !closed], [read(text)?.target, read(text)?.isKept, isKept], text)
  }
})

t.test('what node:http has to look at', async (t) => {
  const none = [
    'HEAD / HTTP/1.1', 'POST / HTTP/1.1', 'get / HTTP/1.1', 'GET  / HTTP/1.1', 'GET /  HTTP/1.1', 'GET / HTTP/1.2',
    'GET / HTTP/2.0', 'GET / http/1.1', 'GET / HTTP/1.1 ', 'GET http://x/ HTTP/1.1', 'GET * HTTP/1.1',
    'GET /#a HTTP/1.1', 'GET /\x7f HTTP/1.1', 'GET /\xe9 HTTP/1.1', 'GET /\0 HTTP/1.1', 'GET /\t HTTP/1.1',
    'GET / HTTP/1.1\nX: y', 'GET /\r\nX: y', 'GET /', '', '\r\nGET / HTTP/1.1'
  ].map((line) => head(line, 'Host: x'))
  const odd = [
    'Content-Length: 0', 'content-length: 1', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'Upgrade: h2c',
    'Connection: upgrade', 'Connection: close, TE',
    'Connection: close ', 'Connection: close\t', 'Connection:', 'Connection: keep-alive\r\nConnection: close',
    'Proxy-Connection: close', 'Host: y', 'X : y', ' X: y', '\tfolded', 'X', ': y', 'X: \x01', 'X: \xe9', 'X: a\rb',
    'X: a\nb', 'X: y\r', 'X(: y', 'a: b\n', 'X: \x7f', '\r\nX: y'
  ].map((header) => get('Host: x', header))
  const long = [
    get(...Array.from({ length: 32 }, (_, i) => `X-${i}: ${i}`), 'Host: x'), get('Host: x', `X: ${'x'.repeat(5000)}`),
    head(`GET /${'x'.repeat(5000)} HTTP/1.1`, 'Host: x')
  ]
  for (const text of [...none, ...odd, ...long, get(), get('X: y'), head('GET / HTTP/1.0', 'Host: x', 'Host: x')]) {
    t.equal(read(text), undefined, JSON.stringify(text.slice(0, 100)))
  }
})

t.test('half a head, and anything behind one', async (t) => {
  const whole = get('Host: tracker:7070', 'Connection: close')
  for (let length = 0; length < whole.length; length++) {
    t.equal(read(whole.slice(0, length)), undefined, `the first ${length} of ${whole.length} bytes`)
  }
  for (const more of ['\r\n', '\n', 'x', 'x\r\n', 'X: y\r\n', 'x\r\n\r\n', whole]) {
    t.equal(read(whole + more), undefined, JSON.stringify(more))
  }
  t.same(read(whole), { target: '/announce?left=0', isKept: false })
})
