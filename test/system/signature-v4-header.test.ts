import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import type { SignedRequest } from '../support/botocore.js'
import { credentialsText } from '../support/key-pair.js'
import type { KeyPair } from '../support/key-pair.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import type { RawResponse } from '../support/raw-http.js'
import { runServer, startServer } from '../support/server.js'
import {
  CAROLS_TOKEN, CREDENTIALS, alice, assertRefusal, carol, element, mallory, nobody, scopeOf, stamp, untold
} from '../support/signing-tests.js'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const EMPTY_HASH = createHash('sha256').digest('hex')
const MINUTE = 60_000
// One for all: a second may end between the making of a request and its signing.
const NOW = Date.now()

const LONG_KEY = `long/${'k'.repeat(200)}/${'ü'.repeat(100)}/${`${'x'.repeat(204)}/`.repeat(3)}xx`
const KEYS = [
  'key', 'dir/a', 'a b', 'a+b', 'a%b', 'a%20b', 'AZaz09-._~', "!$&'()*,;=:@", 'ü', 'u\u0308', '\u1234', '😀', '<&">',
  'what?', '#[]', 'C:\\x', '...', '-', LONG_KEY
]

// The same objects twice: readable with credentials only, and by everybody, where a refusal must not become an
// anonymous answer.
const root = t.testdir({ buckets: {} })
for (const bucket of ['bkt', 'open']) {
  for (const key of KEYS) {
    const file = join(root, 'buckets', bucket, key)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${key}\n`)
  }
}
const PRIVATE = '/bkt/key'
const PUBLIC = '/open/key'
const BOTH = [PRIVATE, PUBLIC]

writeFileSync(join(root, 'credentials'), CREDENTIALS)
const { url, port } = await startServer(t, {
  args: [
    '--origin', join(root, 'buckets'), '--credentials-file', join(root, 'credentials'), '--anonymous', 'deny',
    '--public', 'open', '--log-level', 'warn'
  ]
})
const HOST = `127.0.0.1:${port}`

type Line = [name: string, value: string]

/** A request as it goes out: nothing is added but `Connection: close`. */
interface Sent {
  method: string
  target: string
  headers: Line[]
}

interface Ask {
  method?: string
  /** Its query with AWS's escapes. */
  target?: string
  /** All that is sent but Authorization; by default what `standard` makes. */
  headers?: Line[]
  /** As written into SignedHeaders; by default every header that is sent. */
  signedHeaders?: string[]
  keyPair?: KeyPair
  at?: number
  /** `date/region/service/terminal`: the key is derived along it, whatever it holds. */
  scope?: string
}

function standard (at = NOW, ...more: Line[]): Line[] {
  return [['Host', HOST], ['X-Amz-Content-Sha256', EMPTY_HASH], ['X-Amz-Date', stamp(at)], ...more]
}

/** Signs also what no client would. A test below holds it against botocore. */
function sign ({
  method = 'GET', target = PRIVATE, at = NOW, headers = standard(at), signedHeaders, keyPair = alice,
  scope = scopeOf(at)
}: Ask = {}): Sent {
  const named = (name: string): string[] => headers.filter((line) => line[0].toLowerCase() === name.toLowerCase()).map(
    ([, value]) => value.trim().replace(/ +/g, ' ')
  )
  const names = signedHeaders ?? [...new Set(headers.map(([name]) => name.toLowerCase()))].sort()
  const [path = '', query = ''] = target.split('?')
  const parameters = query.split('&').filter(Boolean).map(
    (pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']
  )
  const canonicalRequest = [
    method,
    path,
    parameters.sort((a, b) => a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : (a[0] < b[0] ? -1 : 1)).map(
      (pair) => pair.join('=')
    ).join(
      '&'
    ),
    ...names.map((name) => `${name}:${named(name).join(',')}`),
    '',
    names.join(';'),
    named('x-amz-content-sha256')[0] ?? EMPTY_HASH
  ].join('\n')
  const hash = createHash('sha256').update(canonicalRequest).digest('hex')
  const stringToSign = [ALGORITHM, stamp(at), scope, hash].join('\n')
  const key = scope.split('/').reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${keyPair.secretAccessKey}`
  )
  const signature = createHmac('sha256', key).update(stringToSign).digest('hex')
  const authorization =
    `${ALGORITHM} Credential=${keyPair.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { method, target, headers: [...headers, ['Authorization', authorization]] }
}

function authorizationOf ({ headers }: Sent): string {
  return headers.find(([name]) => name === 'Authorization')?.[1] ?? ''
}

function withAuthorization (sent: Sent, edit: (authorization: string) => string): Sent {
  const edited = edit(authorizationOf(sent))
  return { ...sent, headers: sent.headers.map(([name, value]) => [name, name === 'Authorization' ? edited : value]) }
}

function sentByBotocore (target: string, { headers }: SignedRequest, method = 'GET'): Sent {
  return {
    method, target, headers: [...headers.Host === undefined ? [['Host', HOST] as Line] : [], ...Object.entries(headers)]
  }
}

function textOf ({ method, target, headers }: Sent): string {
  return [`${method} ${target} HTTP/1.1`, ...headers.map((line) => line.join(': ')), '', ''].join('\r\n')
}

async function send (sent: Sent): Promise<RawResponse> {
  return rawRequest(port, textOf({ ...sent, headers: [...sent.headers, ['Connection', 'close']] }))
}

async function admitted (t: Test, sent: Sent, what: string, content = 'key\n'): Promise<RawResponse> {
  const response = await send(sent)
  t.strictSame([response.status, response.body.toString()], [200, sent.method === 'HEAD' ? '' : content], what)
  return response
}

async function refused (t: Test, sent: Sent, expected: string, what: string): Promise<RawResponse> {
  const response = await send(sent)
  assertRefusal(t, sent, response, expected, what)
  return response
}

function flipped (signature: string): string {
  return signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0')
}

interface Vector {
  name: string
  method?: string
  /** As botocore is to sign it. */
  target?: string
  /** As it is sent, where that may be another spelling of the same. */
  sentTarget?: string
  headers?: Record<string, string>
  sentHeaders?: (lines: Line[]) => Line[]
  payload?: string
  /** The key that is answered, or named in the 404. */
  key?: string
  status?: number
  body?: string
}

const reversed = (lines: Line[]): Line[] => [...lines].reverse()
const recased = (recase: (name: string) => string) => (lines: Line[]): Line[] => lines.map(
  ([name, value]) => [recase(name), value]
)
const split = (lines: Line[]): Line[] => lines.flatMap(
  ([name, value]) => name === 'My-Header' ? value.split(',').map((part): Line => [name, part]) : [[name, value] as Line]
)
const retargeted = (name: string, target: string, key: string, sentTarget = target): Vector => ({
  name, target, key, sentTarget, status: KEYS.includes(key) ? 200 : 404
})

const VECTORS: Vector[] = [
  { name: 'GET' },
  { name: 'HEAD', method: 'HEAD' },
  { name: 'an unsigned payload', payload: 'unsigned' },
  { name: 'Date instead of X-Amz-Date', headers: { Date: 'now' } },
  { name: 'a session token', headers: { 'X-Amz-Security-Token': CAROLS_TOKEN } },

  { name: 'headers in another order', headers: { Zoo: '1', Alpha: '2' }, sentHeaders: reversed },
  {
    name: 'header names in upper case',
    headers: { 'My-Header': 'v' },
    sentHeaders: recased((name) => name.toUpperCase())
  },
  {
    name: 'header names in lower case',
    headers: { 'My-Header': 'v' },
    sentHeaders: recased((name) => name === 'Authorization' ? name : name.toLowerCase())
  },
  { name: 'a header value in upper case', headers: { 'My-Header': 'VALUE' } },
  { name: 'spaces around a header value', headers: { 'My-Header': '  v ' } },
  { name: 'spaces within a header value', headers: { 'My-Header': 'a   b     c' } },
  { name: 'spaces within a quoted header value', headers: { 'My-Header': '"a   b"' } },
  { name: 'tabs within a header value', headers: { 'My-Header': 'a\tb \t c' } },
  { name: 'an empty header value', headers: { 'My-Header': '' } },
  { name: 'a header value in UTF-8', headers: { 'My-Header': 'ü\u1234😀' } },
  { name: 'a header twice', headers: { 'My-Header': 'value2,value1' }, sentHeaders: split },
  {
    name: 'a header four times, in its own order',
    headers: { 'My-Header': 'value4,value1,value3,value2' },
    sentHeaders: split
  },
  { name: 'Content-Type', headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' } },
  { name: 'Range', headers: { Range: 'bytes=1-2' }, status: 206, body: 'ey' },
  { name: 'If-None-Match', headers: { 'If-None-Match': '"other"' } },
  { name: 'If-None-Match, not modified', headers: { 'If-None-Match': '*' }, status: 304, body: '' },
  { name: 'If-Modified-Since', headers: { 'If-Modified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' } },
  {
    name: 'Accept, Accept-Encoding and Cache-Control',
    headers: { Accept: '*/*', 'Accept-Encoding': 'identity', 'Cache-Control': 'no-cache' }
  },
  { name: 'User-Agent, sent and not signed', headers: { 'User-Agent': 'Boto3/1.43.11 md/Botocore#1.43.11' } },
  { name: 'X-Amzn-Trace-Id, sent and not signed', headers: { 'X-Amzn-Trace-Id': 'Root=1-5f84c7a1-0' } },
  {
    name: 'what the AWS SDK for JavaScript adds',
    headers: {
      'amz-sdk-invocation-id': 'b2a1', 'amz-sdk-request': 'attempt=1; max=3', 'x-amz-user-agent': 'aws-sdk-js/3.1169.0'
    }
  },
  { name: 'x-amz-request-payer', headers: { 'x-amz-request-payer': 'requester' } },
  { name: 'x-amz-meta-…', headers: { 'x-amz-meta-b': '2', 'x-amz-meta-a': ' 1  1 ' } },

  { name: 'an empty query', sentTarget: '/bkt/key?' },
  { name: 'the query of another SDK', target: '/bkt/key?x-id=GetObject' },
  { name: 'a parameter without a value', target: '/bkt/key?a' },
  { name: 'a parameter with an empty value', target: '/bkt/key?a=' },
  { name: 'a parameter without a value, signed with an empty one', target: '/bkt/key?a=', sentTarget: '/bkt/key?a' },
  { name: 'parameters out of order by name', target: '/bkt/key?Param2=value2&Param1=value1' },
  { name: 'parameters out of order by value', target: '/bkt/key?Param1=value2&Param1=value1&Param1=Value3' },
  { name: 'a parameter twice, once without a value', target: '/bkt/key?a=1&a' },
  { name: 'upper case before lower case', target: '/bkt/key?b=1&B=2&a=3&A=4' },
  { name: 'a name that begins another', target: '/bkt/key?a-b=1&aa=2&a=3&a.b=4' },
  { name: 'order by escaped name', target: '/bkt/key?z=1&%C3%BC=2&A=3&%5B=4' },
  { name: 'a name in UTF-8', target: '/bkt/key?%E1%88%B4=bar' },
  { name: 'a value in UTF-8', target: '/bkt/key?a=%E1%88%B4%F0%9F%98%80' },
  {
    name: 'unreserved characters in the query',
    target: '/bkt/key?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~' +
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  },
  {
    name: 'reserved characters, escaped, in the query',
    target: '/bkt/key?a=%21%23%24%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D%25%22'
  },
  {
    name: 'reserved characters sent as they are in the query',
    target: '/bkt/key?a=%21%24%27%28%29%2A%2C%2F%3A%3B%3D%3F%40',
    sentTarget: "/bkt/key?a=!$'()*,/:;=?@"
  },
  { name: 'a space in the query', target: '/bkt/key?a%20b=c%20d' },
  { name: 'a space sent as + in the query', target: '/bkt/key?a%20b=c%20d', sentTarget: '/bkt/key?a+b=c+d' },
  { name: 'a plus in the query', target: '/bkt/key?a=1%2B1' },
  { name: 'lower-case escapes sent in the query', target: '/bkt/key?a=%C3%BC%2F', sentTarget: '/bkt/key?a=%c3%bc%2f' },
  {
    name: 'needless escapes sent in the query',
    target: '/bkt/key?abc=-._~Z',
    sentTarget: '/bkt/key?%61bc=%2D%2E%5F%7E%5A'
  },
  { name: 'a newline in the query', target: '/bkt/key?a=1%0Ahost%3Aevil' },
  { name: 'names that JavaScript objects have', target: '/bkt/key?constructor=2&toString=3&hasOwnProperty=&10=4&9=5' },
  { name: 'the name __proto__', target: '/bkt/key?__proto__=1' },

  retargeted('unreserved characters in the path', '/bkt/AZaz09-._~', 'AZaz09-._~'),
  retargeted('reserved characters in the path', "/bkt/!$&'()*,;=:@", "!$&'()*,;=:@"),
  retargeted('reserved characters, escaped, in the path', '/bkt/%21%24%26%27%28%29%2A%2C%3B%3D%3A%40', "!$&'()*,;=:@"),
  retargeted(
    'reserved characters signed escaped, sent as they are',
    '/bkt/%21%24%26%27%28%29%2A%2C%3B%3D%3A%40',
    "!$&'()*,;=:@",
    "/bkt/!$&'()*,;=:@"
  ),
  retargeted('a space in the path', '/bkt/a%20b', 'a b'),
  retargeted('a plus in the path', '/bkt/a+b', 'a+b'),
  retargeted('an escaped plus in the path', '/bkt/a%2Bb', 'a+b'),
  retargeted('an escaped plus sent as it is', '/bkt/a%2Bb', 'a+b', '/bkt/a+b'),
  retargeted('a percent sign in the path', '/bkt/a%25b', 'a%b'),
  retargeted('what looks escaped twice', '/bkt/a%2520b', 'a%20b'),
  retargeted('a question mark in the path', '/bkt/what%3F', 'what?'),
  retargeted('a fragment and brackets in the path', '/bkt/%23%5B%5D', '#[]'),
  retargeted('what XML escapes', '/bkt/%3C%26%22%3E', '<&">'),
  retargeted('a backslash in the path', '/bkt/C%3A%5Cx', 'C:\\x'),
  retargeted('UTF-8 in the path', '/bkt/%E1%88%B4', '\u1234'),
  retargeted('four bytes of UTF-8 in the path', '/bkt/%F0%9F%98%80', '😀'),
  retargeted('composed', '/bkt/%C3%BC', 'ü'),
  retargeted('decomposed', '/bkt/u%CC%88', 'u\u0308'),
  retargeted('lower-case escapes in the path', '/bkt/%c3%bc', 'ü'),
  retargeted('lower-case escapes sent in the path', '/bkt/%C3%BC', 'ü', '/bkt/%c3%bc'),
  retargeted('needless escapes sent in the path', '/bkt/AZaz09-._~', 'AZaz09-._~', '/bkt/%41Z%61z09%2D%2E%5F%7E'),
  retargeted('a slash in the key', '/bkt/dir/a', 'dir/a'),
  retargeted('an escaped slash in the key', '/bkt/dir%2Fa', 'dir/a'),
  retargeted('1,024 bytes of key', `/bkt/${encodeURI(LONG_KEY)}`, LONG_KEY),
  retargeted('three dots', '/bkt/...', '...'),
  retargeted('a hyphen', '/bkt/-', '-'),
  retargeted('a slash at the end', '/bkt/key/', 'key/'),
  retargeted('a slash at the start of the key', '/bkt//key', '/key'),
  retargeted('slashes', '/bkt//dir//a', '/dir//a'),
  retargeted('a dot', '/bkt/./key', './key'),
  retargeted('dots at the end', '/bkt/dir/..', 'dir/..'),
  retargeted('a relative path', '/bkt/dir/../key', 'dir/../key'),
  retargeted('a relative path out of the bucket', '/bkt/../open/key', '../open/key'),
  retargeted('an escaped relative path', '/bkt/dir/%2E%2E/key', 'dir/../key'),
  retargeted('another key', '/bkt/no-such-key', 'no-such-key')
]

t.test('S1: every way to write the same request is verified, and with one signature bit flipped refused', async (t) => {
  if (!need(t, 'python-boto3')) return
  const signed = signWithBotocore(VECTORS.map(({ method = 'GET', target = PRIVATE, headers = {}, payload }) => ({
    scheme: 'v4',
    method,
    url: url + target,
    headers,
    ...(headers['X-Amz-Security-Token'] === undefined
      ? alice
      : carol),
    ...(payload !== undefined && { payload })
  })))
  t.ok(VECTORS.length >= 38, 'no fewer than AWS has')
  for (const [i, vector] of VECTORS.entries()) {
    const {
      name, method = 'GET', target = PRIVATE, sentTarget = target, sentHeaders = (lines) => lines, key = 'key',
      status = 200, body = `${key}\n`
    } = vector
    const sent = sentByBotocore(sentTarget, signed[i] as SignedRequest, method)
    sent.headers = sentHeaders(sent.headers)
    const response = await send(sent)
    t.equal(response.status, status, name)
    if (status === 404) t.strictSame([element(response, 'Code'), element(response, 'Key')], ['NoSuchKey', key], name)
    else t.equal(response.body.toString(), method === 'HEAD' ? '' : body, name)
    const spoiled = {
      ...sent,
      headers: sent.headers.map(([name, value]): Line => [name, /^authorization$/i.test(name) ? flipped(value) : value])
    }
    await refused(t, spoiled, method === 'HEAD' ? '403' : '403 SignatureDoesNotMatch', `${name}, spoiled`)
  }
})

t.test('S1: a path that is not escaped is no request', async (t) => {
  const sent = sign({ target: '/bkt/%C3%BC' })
  await admitted(t, sent, 'escaped', 'ü\n')
  for (const target of ['/bkt/ü', '/bkt/a b']) {
    const response = await send({ ...sent, target })
    t.strictSame([response.status, element(response, 'Code'), response.closed], [400, 'BadRequest', true], target)
  }
})

t.test('S1: torrents, too', async (t) => {
  if (!need(t, 'python-boto3')) return
  const targets = ['/bkt/key?torrent', '/bkt/key?torrent=']
  const signed = signWithBotocore(targets.map((target) => ({ scheme: 'v4', url: url + target, ...alice })))
  for (const [i, target] of targets.entries()) {
    const sent = sentByBotocore(target, signed[i] as SignedRequest)
    for (const spelling of targets) {
      const response = await send({ ...sent, target: spelling })
      t.strictSame(
        [response.status, response.headers['content-type']],
        [200, ['application/x-bittorrent']],
        `${target}, sent as ${spelling}`
      )
    }
    await refused(t, withAuthorization(sent, flipped), '403 SignatureDoesNotMatch', target)
    await refused(t, { ...sent, target: '/bkt/key' }, '403 SignatureDoesNotMatch', `${target}, taken away`)
    await refused(t, { ...sent, target: '/bkt/key?Torrent' }, '403 SignatureDoesNotMatch', `${target}, in another case`)
  }
})

t.test('S1: what is not the same request is refused', async (t) => {
  if (!need(t, 'python-boto3')) return
  const CHANGES: Array<[signed: string, sent: string]> = [
    ['/bkt/a%20b', '/bkt/a+b'], ['/bkt/a+b', '/bkt/a%20b'], ['/bkt/a%2Bb', '/bkt/a%20b'],
    ['/bkt/a%2520b', '/bkt/a%20b'], ['/bkt/a%20b', '/bkt/a%2520b'], ['/bkt/%C3%BC', '/bkt/u%CC%88'],
    ['/bkt/%C3%BC', '/bkt/%C3%9C'], ['/bkt/key', '/bkt/key/'], ['/bkt/key', '/bkt//key'], ['/bkt//key', '/bkt/key'],
    ['/bkt/dir/../key', '/bkt/key'], ['/bkt/key', '/bkt/dir/../key'], ['/bkt/./key', '/bkt/key'],
    ['/bkt/key', '/bkt/%6Bey2'], ['/bkt/key', '/open/key'], ['/open/key', '/bkt/key'], ['/bkt/key', '/bkt/key?torrent'],
    ['/bkt/key?a=1', '/bkt/key'], ['/bkt/key?a=1', '/bkt/key?a=2'], ['/bkt/key?a=1', '/bkt/key?A=1'],
    ['/bkt/key?a=1', '/bkt/key?a=1&a=1'], ['/bkt/key?a=1&a=1', '/bkt/key?a=1'], ['/bkt/key?a=1', '/bkt/key?a=1&b'],
    ['/bkt/key?a=1%2B1', '/bkt/key?a=1+1'], ['/bkt/key?a=1%201', '/bkt/key?a=1%2B1'],
    ['/bkt/key?a=1%26b%3D2', '/bkt/key?a=1&b=2'], ['/bkt/key?a=b', '/bkt/key?b=a'],
    ['/bkt/key?a=%2520', '/bkt/key?a=%20'], ['/bkt/key', '/bkt/key?versionId=null']
  ]
  const signed = signWithBotocore(CHANGES.map(([target]) => ({ scheme: 'v4', url: url + target, ...alice })))
  for (const [i, [target, changed]] of CHANGES.entries()) {
    const sent = sentByBotocore(target, signed[i] as SignedRequest)
    const response = await send(sent)
    t.match(`${response.status} ${element(response, 'Code')}`, /^(200|404 NoSuchKey)/, `${target} as signed`)
    await refused(t, { ...sent, target: changed }, '403 SignatureDoesNotMatch', `${target}, sent as ${changed}`)
  }
})

t.test('S1: a header that was signed is what was signed', async (t) => {
  const headers = standard(NOW, ['Range', 'bytes=0-1'], ['My-Header', 'a'], ['My-Header', 'b'])
  const sent = sign({ headers })
  const whole = await send(sent)
  t.strictSame([whole.status, whole.body.toString()], [206, 'ke'])
  const changed = (edit: (line: Line) => Line[]): Sent => ({ ...sent, headers: sent.headers.flatMap(edit) })
  const CHANGED: Array<[what: string, sent: Sent]> = [
    ['the value', changed(([name, value]) => [[name, name === 'Range' ? 'bytes=0-2' : value]])],
    ['left out', changed((line) => line[0] === 'Range' ? [] : [line])],
    ['given twice', changed((line) => line[0] === 'Range' ? [line, line] : [line])],
    ['in another order', changed(
      ([name, value]) => [[name, name === 'My-Header' ? (value === 'a' ? 'b' : 'a') : value]]
    )],
    ['another host', changed(([name, value]) => [[name, name === 'Host' ? `localhost:${port}` : value]])],
    ['another method', { ...sent, method: 'HEAD' }]
  ]
  for (const [what, sent] of CHANGED) {
    await refused(t, sent, sent.method === 'HEAD' ? '403' : '403 SignatureDoesNotMatch', what)
  }
})

t.test("this file's own signer signs as botocore", async (t) => {
  if (!need(t, 'python-boto3')) return
  const at = Date.parse('2026-03-04T05:06:07Z')
  const CASES = [
    { target: '/bkt/key?torrent', region: 'us-east-1', service: 's3' },
    {
      target: '/bkt/a%20b?b=2&a=%C3%BC&a=1', region: 'eu-west-1', service: 'ec2', headers: { 'X-Amz-Meta-A': ' 1   2 ' }
    }
  ]
  const signed = signWithBotocore(CASES.map(({ target, ...place }) => ({
    scheme: 'v4', url: url + target, date: '2026-03-04T05:06:07Z', ...place, ...alice
  })))
  for (const [i, { target, region, service, headers = {} }] of CASES.entries()) {
    const own = sign({
      target, at, scope: scopeOf(at, region, service), headers: standard(at, ...Object.entries<string>(headers))
    })
    t.equal(authorizationOf(own), signed[i]?.headers.Authorization, target)
  }
})

t.test('S1: User-Agent may be signed, as by other SDKs', async (t) => {
  const sent = sign({ headers: standard(NOW, ['User-Agent', 'aws-sdk-java/2.20'], ['Accept', '*/*']) })
  t.match(authorizationOf(sent), /;user-agent;/)
  await admitted(t, sent, 'signed')
  await refused(
    t,
    { ...sent, headers: sent.headers.map(([name, value]) => [name, name === 'User-Agent' ? 'curl/8' : value]) },
    '403 SignatureDoesNotMatch',
    'another one'
  )
})

t.test('anonymous: the private object is refused, the public one answered', async (t) => {
  await refused(t, { method: 'GET', target: PRIVATE, headers: [['Host', HOST]] }, '403 AccessDenied', PRIVATE)
  await admitted(t, { method: 'GET', target: PUBLIC, headers: [['Host', HOST]] }, PUBLIC)
  for (const target of BOTH) await admitted(t, sign({ target }), `${target}, signed`)
})

t.test('S2: what is no authorization', async (t) => {
  for (const target of BOTH) {
    for (const value of [
      'invalid_header', '', 'Basic YWxpY2U6c2VjcmV0', 'Bearer abc', 'Negotiate', 'AWS', `x${ALGORITHM} Credential=a`
    ]) {
      const sent: Sent = { method: 'GET', target, headers: standard(NOW, ['Authorization', value]) }
      const response = await refused(t, sent, '400 InvalidArgument', `${target} with "${value}"`)
      t.equal(element(response, 'ArgumentName'), 'Authorization')
    }
  }
})

t.test('S4: other algorithms', async (t) => {
  for (const target of BOTH) {
    const sent = sign({ target })
    for (const algorithm of [
      'AWS4-HMAC-SHA1', 'AWS4-HMAC-SHA512', 'AWS4-ECDSA-P256-SHA256', 'AWS4-HMAC-SHA256X', 'aws4-hmac-sha256'
    ]) {
      await refused(
        t,
        withAuthorization(sent, (value) => value.replace(ALGORITHM, algorithm)),
        '400 InvalidArgument',
        `${target} with ${algorithm}`
      )
    }
    await admitted(t, sent, target)
  }
})

t.test('S5: components that are missing, empty, twice or malformed', async (t) => {
  const EDITS: Array<[what: string, edit: (value: string) => string]> = [
    ['no Credential', (value) => value.replace(/Credential=\S+, /, '')],
    ['no SignedHeaders', (value) => value.replace(/SignedHeaders=\S+, /, '')],
    ['no Signature', (value) => value.replace(/, Signature=\S+/, '')],
    ['an empty Credential', (value) => value.replace(/Credential=[^,]+/, 'Credential=')],
    ['empty SignedHeaders', (value) => value.replace(/SignedHeaders=[^,]+/, 'SignedHeaders=')],
    ['an empty Signature', (value) => value.replace(/Signature=\S+/, 'Signature=')],
    ['Credential without =', (value) => value.replace(/Credential=[^,]+/, 'Credential')],
    ['Signature twice', (value) => `${value}, ${/Signature=\S+/.exec(value)?.[0]}`],
    ['Credential twice', (value) => value.replace(/(Credential=[^,]+), /, '$1, $1, ')],
    ['SignedHeaders twice', (value) => value.replace(/(SignedHeaders=[^,]+), /, '$1, SignedHeaders=host, ')],
    ['an unknown component', (value) => `${value}, Foo=bar`],
    ['a lower-case component', (value) => value.replace('Credential=', 'credential=')],
    ['a space in the Credential', (value) => value.replace('/us-east-1/', '/us -east-1/')],
    ['no commas', (value) => value.replaceAll(',', '')],
    ['a comma at the end', (value) => `${value},`],
    ['the algorithm alone', () => ALGORITHM]
  ]
  for (const target of BOTH) {
    const sent = sign({ target })
    for (const [what, edit] of EDITS) {
      const edited = withAuthorization(sent, edit)
      t.not(authorizationOf(edited), authorizationOf(sent))
      await refused(t, edited, '400 AuthorizationHeaderMalformed', `${target} with ${what}`)
    }
    await admitted(t, sent, target)
  }
})

t.test('S6: a credential has five parts', async (t) => {
  const at = Date.now()
  const slashed = { ...alice, accessKeyId: `team/${alice.accessKeyId}` }
  for (const target of BOTH) {
    const CREDENTIALS: Array<[what: string, ask: Ask]> = [
      ['four', { scope: scopeOf(at).replace('/aws4_request', '') }],
      ['six', { scope: `${scopeOf(at)}/aws4_request` }],
      ['an access key id with a slash', { keyPair: slashed }],
      ['no access key id', { keyPair: { ...alice, accessKeyId: '' } }],
      ['nothing but slashes', { scope: '///', keyPair: { ...alice, accessKeyId: '' } }]
    ]
    for (const [what, ask] of CREDENTIALS) {
      await refused(t, sign({ target, at, ...ask }), '400 AuthorizationHeaderMalformed', `${target}: ${what}`)
    }
    const bare = withAuthorization(
      sign({ target }), (value) => value.replace(/Credential=[^,]+/, `Credential=${alice.accessKeyId}`)
    )
    await refused(t, bare, '400 AuthorizationHeaderMalformed', `${target}: one`)
    await admitted(t, sign({ target, at }), `${target}: five`)
  }
})

t.test('S6: access key ids with a slash are refused when the server starts', async (t) => {
  const dir = t.testdir({ credentials: credentialsText({ alice, team: { ...alice, accessKeyId: 'team/alice' } }) })
  const { code, stdout, stderr } = await runServer(
    ['--port', '0', '--origin', join(root, 'buckets'), '--credentials-file', join(dir, 'credentials')]
  )
  t.equal(code, 2)
  t.equal(stdout, '')
  t.match(stderr, /^object-torrent: Profile \[team\] .*slash.*\.\n$/)
  t.notMatch(stderr, alice.secretAccessKey)
})

t.test('S7: the terminal, the service and the date of the scope', async (t) => {
  const at = Date.now()
  const today = stamp(at).slice(0, 8)
  const dashed = new Date(at).toISOString().slice(0, 10)
  for (const target of BOTH) {
    for (const scope of [
      scopeOf(at, 'us-east-1', 's3', 'aws4_response'), scopeOf(at, 'us-east-1', 's3', ''), scopeOf(
        at, 'us-east-1', 's3', 'AWS4_REQUEST'
      ),
      scopeOf(at, 'us-east-1', 'ec2'), scopeOf(at, 'us-east-1', 'S3'), scopeOf(at, 'us-east-1', ''), scopeOf(
        at, 's3', 'us-east-1'
      ),
      ...[dashed, today.slice(0, 7), `${today}0`, stamp(at), '', 'today', today.replace(/\d$/, 'x')].map(
        (date) => `${date}/us-east-1/s3/aws4_request`
      )
    ]) {
      await refused(t, sign({ target, at, scope }), '400 AuthorizationHeaderMalformed', `${target}: ${scope}`)
    }
    await admitted(t, sign({ target, at, scope: `${today}/us-east-1/s3/aws4_request` }), target)
  }
})

t.test('S8: a wrong region is told the right one, which then does', async (t) => {
  for (const target of BOTH) {
    for (const region of ['eu-west-1', 'US-EAST-1', 'us-east-11', '']) {
      const at = Date.now()
      const response = await refused(
        t,
        sign({ target, at, scope: scopeOf(at, region) }),
        '400 AuthorizationHeaderMalformed',
        `${target}: "${region}"`
      )
      t.equal(element(response, 'Region'), 'us-east-1')
      t.equal(
        element(response, 'Message'),
        `The authorization header is malformed; the region '${region}' is wrong; expecting 'us-east-1'`
      )
      await admitted(t, sign({ target, at, scope: scopeOf(at, element(response, 'Region')) }), 'corrected')
    }
  }
})

t.test('S9: the date of the scope is that of the request', async (t) => {
  const at = Date.now()
  for (const target of BOTH) {
    for (const day of [at - 24 * 60 * MINUTE, at + 24 * 60 * MINUTE]) {
      await refused(
        t, sign({ target, at, scope: scopeOf(day) }), '400 AuthorizationHeaderMalformed', `${target}: ${scopeOf(day)}`
      )
    }
    const dated: Line[] = [['Host', HOST], ['X-Amz-Content-Sha256', EMPTY_HASH], ['Date', new Date(at).toUTCString()]]
    await refused(
      t,
      sign({ target, at, headers: dated, scope: scopeOf(at - 24 * 60 * MINUTE) }),
      '400 AuthorizationHeaderMalformed',
      `${target}: Date`
    )
    await admitted(t, sign({ target, at }), target)
  }
})

t.test('S10: an unknown access key id', async (t) => {
  for (const target of BOTH) {
    await refused(t, sign({ target, keyPair: nobody }), '403 InvalidAccessKeyId', target)
    await refused(
      t,
      sign({ target, keyPair: { ...alice, accessKeyId: alice.accessKeyId.toLowerCase() } }),
      '403 InvalidAccessKeyId',
      `${target}, in lower case`
    )
    await refused(
      t,
      withAuthorization(sign({ target, keyPair: nobody }), flipped),
      '403 InvalidAccessKeyId',
      `${target}, with a wrong signature`
    )
    await refused(
      t,
      sign({ target, keyPair: { ...alice, accessKeyId: '__proto__' } }),
      '403 InvalidAccessKeyId',
      `${target}, __proto__`
    )
    await admitted(t, sign({ target, keyPair: alice }), target)
  }
})

t.test('S11: wrong signatures', async (t) => {
  const EDITS: Array<[what: string, edit: (signature: string) => string]> = [
    ['the last bit flipped', flipped],
    ['the first bit flipped', (signature) => (signature.startsWith('0') ? '1' : '0') + signature.slice(1)],
    ['upper-case hexadecimal', (signature) => signature.toUpperCase()],
    ['short', (signature) => signature.slice(0, -1)],
    ['very short', () => '0'],
    ['long', (signature) => `${signature}0`],
    ['base64', (signature) => Buffer.from(signature, 'hex').toString('base64')],
    ['very long', (signature) => signature.repeat(100)],
    ['not even ASCII', () => 'ü'.repeat(32)]
  ]
  for (const target of BOTH) {
    const wrong = await refused(
      t, sign({ target, keyPair: mallory }), '403 SignatureDoesNotMatch', `${target}: a wrong secret`
    )
    t.equal(element(wrong, 'AWSAccessKeyId'), alice.accessKeyId)
    t.notMatch(untold(wrong), /secret|[0-9a-f]{64}/, 'neither a secret nor the right signature is told')
    for (const secretAccessKey of ['', `${alice.secretAccessKey} `, carol.secretAccessKey]) {
      await refused(
        t,
        sign({ target, keyPair: { ...alice, secretAccessKey } }),
        '403 SignatureDoesNotMatch',
        `${target}: the secret "${secretAccessKey}"`
      )
    }
    const sent = sign({ target })
    for (const [what, edit] of EDITS) {
      const edited = withAuthorization(sent, (value) => value.replace(/(?<=Signature=)\S+/, edit))
      if (authorizationOf(edited) === authorizationOf(sent)) continue
      await refused(t, edited, '403 SignatureDoesNotMatch', `${target}: ${what}`)
    }
    await admitted(t, sent, target)
  }
})

t.test('S12: no date, or none that can be read', async (t) => {
  const at = Date.now()
  const undated: Line[] = [['Host', HOST], ['X-Amz-Content-Sha256', EMPTY_HASH]]
  for (const target of BOTH) {
    for (const line of [
      undefined, ['X-Amz-Date', 'tomorrow'], ['X-Amz-Date', ''], ['X-Amz-Date', new Date(at).toISOString()],
      ['X-Amz-Date', new Date(at).toUTCString()], ['X-Amz-Date', String(at)], ['X-Amz-Date', stamp(at).slice(0, 8)],
      ['X-Amz-Date', stamp(at).replace(/\d\dZ/, '99Z')], ['Date', 'tomorrow'], ['Date', '']
    ] as Array<Line | undefined>) {
      await refused(
        t,
        sign({ target, at, headers: line === undefined ? undated : [...undated, line] }),
        '403 AccessDenied',
        `${target}: ${line?.join(': ') ?? 'no date'}`
      )
    }
    await refused(
      t,
      sign({ target, at, headers: [...undated, ['X-Amz-Date', 'tomorrow'], ['Date', new Date(at).toUTCString()]] }),
      '403 AccessDenied',
      `${target}: a bad X-Amz-Date and a good Date`
    )
    await admitted(
      t, sign({ target, at, headers: [...undated, ['Date', new Date(at).toUTCString()]] }), `${target}: Date alone`
    )
    await admitted(
      t,
      sign({ target, at, headers: standard(at, ['Date', new Date(at - 60 * MINUTE).toUTCString()]) }),
      `${target}: X-Amz-Date goes before Date`
    )
  }
})

t.test('S13: clocks that are 14 and 16 minutes off', async (t) => {
  for (const target of BOTH) {
    for (const minutes of [-16, 16, -24 * 60, 365 * 24 * 60]) {
      const at = Date.now() + minutes * MINUTE
      const response = await refused(
        t, sign({ target, at }), '403 RequestTimeTooSkewed', `${target}: ${minutes} minutes`
      )
      t.equal(element(response, 'MaxAllowedSkewMilliseconds'), '900000')
      t.ok(Math.abs(Date.parse(element(response, 'ServerTime') ?? '') - Date.now()) < MINUTE, "the server's time")
      const dated: Line[] = [['Host', HOST], ['X-Amz-Content-Sha256', EMPTY_HASH], ['Date', new Date(at).toUTCString()]]
      await refused(
        t, sign({ target, at, headers: dated }), '403 RequestTimeTooSkewed', `${target}: ${minutes} minutes, Date`
      )
    }
    for (const minutes of [-14, 14]) {
      await admitted(t, sign({ target, at: Date.now() + minutes * MINUTE }), `${target}: ${minutes} minutes`)
    }
  }
})

t.test('S14: without x-amz-content-sha256', async (t) => {
  for (const target of BOTH) {
    const headers = standard().filter(([name]) => name !== 'X-Amz-Content-Sha256')
    const response = await refused(t, sign({ target, headers }), '400 InvalidRequest', target)
    t.equal(element(response, 'Message'), 'Missing required header for this request: x-amz-content-sha256')
    await refused(
      t,
      sign({ target: `${target}?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD`, headers }),
      '400 InvalidRequest',
      `${target}, in the query`
    )
    await admitted(t, sign({ target }), target)
  }
})

const withPayload = (hash: string): Line[] => standard().map(
  ([name, value]) => [name, name === 'X-Amz-Content-Sha256' ? hash : value]
)

t.test('S15: what x-amz-content-sha256 may say', async (t) => {
  for (const target of BOTH) {
    for (const hash of [
      'not-a-hash',
      '',
      EMPTY_HASH.slice(1),
      `${EMPTY_HASH}0`,
      EMPTY_HASH.replace('e', 'g'),
      'unsigned-payload',
      Buffer.from(EMPTY_HASH, 'hex').toString('base64')
    ]) {
      const response = await refused(
        t, sign({ target, headers: withPayload(hash) }), '400 InvalidArgument', `${target}: "${hash}"`
      )
      t.equal(element(response, 'ArgumentName'), 'x-amz-content-sha256')
    }
    await refused(
      t, { method: 'GET', target, headers: withPayload('not-a-hash') }, '400 InvalidArgument', `${target}: unsigned`
    )
    for (const hash of ['UNSIGNED-PAYLOAD', EMPTY_HASH]) {
      await admitted(t, sign({ target, headers: withPayload(hash) }), `${target}: ${hash}`)
    }
  }
})

t.test('S16: STREAMING-… on a GET or HEAD skips no verification', async (t) => {
  const STREAMING = [
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER'
  ]
  for (const target of BOTH) {
    for (const hash of STREAMING) {
      await refused(t, sign({ target, headers: withPayload(hash) }), '400 InvalidArgument', `${target}: ${hash}`)
      await refused(
        t,
        sign({ target, headers: withPayload(hash), keyPair: mallory }),
        '400 InvalidArgument',
        `${target}: ${hash}, with a wrong secret`
      )
      await refused(
        t, { method: 'GET', target, headers: withPayload(hash) }, '400 InvalidArgument', `${target}: ${hash}, unsigned`
      )
      await refused(t, sign({ method: 'HEAD', target, headers: withPayload(hash) }), '400', `${target}: ${hash}, HEAD`)
    }
    await admitted(t, sign({ method: 'HEAD', target }), `${target}, HEAD`)
  }
})

t.test('S17: the body of a GET is never read, and what follows on its connection is no request', async (t) => {
  const smuggled = 'GET /open/key HTTP/1.1\r\nHost: smuggled\r\n\r\n'
  const answers = ({ raw }: RawResponse): number => raw.toString('latin1').split('HTTP/1.1 ').length - 1
  const hash = createHash('sha256').update(smuggled).digest('hex')
  const BODIES: Array<[what: string, lines: Line[], body: string]> = [
    ['with its hash', [...withPayload(hash), ['Content-Length', String(smuggled.length)]], smuggled],
    ['with another hash', [...withPayload(EMPTY_HASH), ['Content-Length', String(smuggled.length)]], smuggled],
    ['not hashed', [...withPayload('UNSIGNED-PAYLOAD'), ['Content-Length', String(smuggled.length)]], smuggled],
    [
      'chunked',
      [...withPayload(EMPTY_HASH), ['Transfer-Encoding', 'chunked']],
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    ],
    [
      'chunked, then another request',
      [...withPayload(EMPTY_HASH), ['Transfer-Encoding', 'chunked']],
      `0\r\n\r\n${smuggled}`
    ],
    ['announced, and never sent', [...withPayload(EMPTY_HASH), ['Content-Length', '1000000']], ''],
    ['of no bytes, chunked and never ended', [...withPayload(EMPTY_HASH), ['Transfer-Encoding', 'chunked']], '']
  ]
  for (const target of BOTH) {
    for (const [what, headers, body] of BODIES) {
      const response = await rawRequest(port, textOf(sign({ target, headers })) + body)
      t.equal(answers(response), 1, `${target}, a body ${what}: one answer`)
      t.ok(response.status === 200 ||
        element(response, 'Code') === 'XAmzContentSHA256Mismatch', `${target}, a body ${what}`, {
          status: response.status
        })
      t.ok(response.closed, `${target}, a body ${what}: closed`)
      const wrong = await rawRequest(port, textOf(sign({ target, headers, keyPair: mallory })) + body)
      t.strictSame(
        [answers(wrong), wrong.status, element(wrong, 'Code'), wrong.closed],
        [1, 403, 'SignatureDoesNotMatch', true],
        `${target}, a body ${what}, with a wrong secret`
      )
    }
    const two = await rawRequest(port, textOf(sign({ target })) + textOf(sign({ target })), { timeoutMs: 1_000 })
    t.equal(answers(two), 2, `${target}: without a body there are two requests on the connection`)
    t.notOk(two.closed, `${target}: which stays open`)
  }
})

t.test('S18: Host must be signed', async (t) => {
  for (const target of BOTH) {
    const response = await refused(
      t, sign({ target, signedHeaders: ['x-amz-content-sha256', 'x-amz-date'] }), '403 AccessDenied', target
    )
    t.equal(element(response, 'HeadersNotSigned'), 'host')
    t.equal(element(response, 'Message'), 'There were headers present in the request which were not signed')
    await admitted(t, sign({ target, signedHeaders: ['host', 'x-amz-content-sha256', 'x-amz-date'] }), target)
  }
})

t.test('S19: SignedHeaders may not name what is not there', async (t) => {
  const signedHeaders = ['host', 'my-header', 'x-amz-content-sha256', 'x-amz-date']
  for (const target of BOTH) {
    await refused(
      t, sign({ target, signedHeaders }), '403 SignatureDoesNotMatch', `${target}: absent, signed as if empty`
    )
    const named = withAuthorization(
      sign({ target }), (value) => value.replace('SignedHeaders=host;', 'SignedHeaders=host;my-header;')
    )
    await refused(t, named, '403 SignatureDoesNotMatch', `${target}: absent, signed as if not named`)
    await refused(
      t,
      sign({ target, signedHeaders: ['', ...signedHeaders.filter((name) => name !== 'my-header')] }),
      '403 SignatureDoesNotMatch',
      `${target}: an empty name`
    )
    await admitted(
      t, sign({ target, signedHeaders, headers: standard(NOW, ['My-Header', '']) }), `${target}: there, and empty`
    )
  }
})

t.test('S20: what is given twice', async (t) => {
  const at = Date.now()
  const late = stamp(at - 60 * MINUTE)
  const dated: Line[] = [['Host', HOST], ['X-Amz-Content-Sha256', EMPTY_HASH], ['Date', new Date(at).toUTCString()]]
  const TWICE: Array<[what: string, headers: Line[]]> = [
    ['X-Amz-Date', standard(at, ['X-Amz-Date', stamp(at)])],
    ['X-Amz-Date, the second another', standard(at, ['x-amz-date', late])],
    ['X-Amz-Date, the first another', [['X-AMZ-DATE', late], ...standard(at)]],
    ['X-Amz-Content-Sha256', standard(at, ['X-Amz-Content-Sha256', EMPTY_HASH])],
    ['X-Amz-Content-Sha256, the second another', standard(at, ['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'])],
    ['Date', [...dated, ['Date', new Date(at).toUTCString()]]],
    ['Date, the second another', [...dated, ['Date', new Date(at - 60 * MINUTE).toUTCString()]]],
    ['X-Amz-Security-Token', standard(
      at, ['X-Amz-Security-Token', CAROLS_TOKEN], ['X-Amz-Security-Token', CAROLS_TOKEN]
    )],
    ['x-amz-request-payer', standard(at, ['x-amz-request-payer', 'requester'], ['x-amz-request-payer', 'requester'])],
    ['x-amz-expected-bucket-owner', standard(
      at, ['x-amz-expected-bucket-owner', '1'], ['x-amz-expected-bucket-owner', '2']
    )]
  ]
  for (const target of BOTH) {
    for (const [what, headers] of TWICE) {
      const response = await refused(t, sign({ target, at, headers }), '400 InvalidArgument', `${target}: ${what}`)
      t.equal(element(response, 'ArgumentName'), what.replace(/,.*/, '').toLowerCase())
    }
    await refused(
      t,
      { method: 'GET', target, headers: standard(at, ['X-Amz-Date', late]) },
      '400 InvalidArgument',
      `${target}: unsigned`
    )
    await admitted(t, sign({ target, at }), `${target}: once`)
    await admitted(t, sign({ target, at, headers: dated }), `${target}: Date, once`)
  }
})

t.test('S20: two Hosts are no request at all', async (t) => {
  for (const target of BOTH) {
    for (const hosts of [[HOST, HOST], [HOST, 'evil.example'], ['evil.example', HOST]]) {
      const headers = [...hosts.map((host): Line => ['Host', host]), ...standard().slice(1)]
      const response = await refused(t, sign({ target, headers }), '400 BadRequest', `${target}: ${hosts.join(', ')}`)
      t.ok(response.closed)
    }
    await admitted(t, sign({ target }), `${target}: one`)
  }
})

t.test('S21: two mechanisms', async (t) => {
  const at = Date.now()
  const credential = encodeURIComponent(`${alice.accessKeyId}/${scopeOf(at)}`)
  const QUERIES = [
    'X-Amz-Signature=0', 'X-Amz-Algorithm=AWS4-HMAC-SHA256', `X-Amz-Credential=${credential}`,
    `X-Amz-Date=${stamp(at)}`, 'X-Amz-Expires=60', 'X-Amz-SignedHeaders=host', 'x-amz-signature=0',
    `X-Amz-Algorithm=${ALGORITHM}&X-Amz-Credential=${credential}&X-Amz-Date=${stamp(at)}&X-Amz-Expires=60&` +
    'X-Amz-SignedHeaders=host&X-Amz-Signature=0',
    'Signature=0', 'AWSAccessKeyId=0', 'Expires=0', `AWSAccessKeyId=${alice.accessKeyId}&Expires=9999999999&Signature=0`
  ]
  for (const target of BOTH) {
    const sent = sign({ target, at })
    const authorization: Line = ['Authorization', authorizationOf(sent)]
    for (const second of [authorization, ['Authorization', 'AWS a:b'], ['authorization', '']] as Line[]) {
      await refused(
        t,
        { ...sent, headers: [...sent.headers, second] },
        '400 InvalidArgument',
        `${target}: Authorization and ${second.join(': ')}`
      )
      await refused(
        t,
        { ...sent, headers: [second, ...sent.headers] },
        '400 InvalidArgument',
        `${target}: ${second.join(': ')} and Authorization`
      )
    }
    for (const query of QUERIES) {
      await refused(
        t, sign({ target: `${target}?${query}`, at }), '400 InvalidArgument', `${target}: Authorization and ?${query}`
      )
    }
    await admitted(t, sent, target)
  }
})

t.test('S22: SignedHeaders out of order, in upper case, twice', async (t) => {
  const headers = standard(NOW, ['Range', 'bytes=0-99'])
  const ORDERS = [
    ['x-amz-date', 'x-amz-content-sha256', 'range', 'host'], ['host', 'x-amz-content-sha256', 'range', 'x-amz-date'],
    ['host', 'Range', 'x-amz-content-sha256', 'x-amz-date'],
    ['host', 'host', 'range', 'x-amz-content-sha256', 'x-amz-date']
  ]
  for (const target of BOTH) {
    for (const signedHeaders of ORDERS) {
      await refused(
        t,
        sign({ target, headers, signedHeaders }),
        '403 SignatureDoesNotMatch',
        `${target}: ${signedHeaders.join(';')}`
      )
    }
    for (const signedHeaders of [
      ['Host', 'x-amz-content-sha256', 'x-amz-date'], ['host', 'X-Amz-Content-Sha256', 'x-amz-date']
    ]) {
      const response = await refused(
        t, sign({ target, headers, signedHeaders }), '403 AccessDenied', `${target}: ${signedHeaders.join(';')}`
      )
      t.equal(
        element(response, 'HeadersNotSigned'), signedHeaders.find((name) => name !== name.toLowerCase())?.toLowerCase()
      )
    }
    const inOrder = sign({ target, headers, signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'] })
    for (const signedHeaders of ORDERS) {
      const listed = withAuthorization(
        inOrder, (value) => value.replace(/(?<=SignedHeaders=)[^,]+/, signedHeaders.join(';'))
      )
      await refused(
        t, listed, '403 SignatureDoesNotMatch', `${target}: signed in order, and listed as ${signedHeaders.join(';')}`
      )
    }
    const sorted = await send(inOrder)
    t.strictSame([sorted.status, sorted.body.toString()], [206, 'key\n'], target)
  }
})

t.test('S23: white space in Authorization', async (t) => {
  const SPACINGS: Array<[what: string, edit: (value: string) => string]> = [
    ['no spaces after commas, as s3cmd writes', (value) => value.replaceAll(', ', ',')],
    ['tabs after commas', (value) => value.replaceAll(', ', ',\t')],
    ['more spaces after commas', (value) => value.replaceAll(', ', ',    ')],
    ['spaces before commas', (value) => value.replaceAll(', ', ' , ')],
    ['more spaces after the algorithm', (value) => value.replace(' ', '   ')],
    ['spaces around all', (value) => `  ${value}  `]
  ]
  for (const target of BOTH) {
    for (const [what, edit] of SPACINGS) {
      const sent = sign({ target })
      await admitted(t, withAuthorization(sent, edit), `${target}: ${what}`)
      await refused(
        t,
        withAuthorization(sent, (value) => edit(flipped(value))),
        '403 SignatureDoesNotMatch',
        `${target}: ${what}, spoiled`
      )
    }
    // RFC 9110 §11.4: nothing but spaces follows a scheme.
    await refused(
      t,
      withAuthorization(sign({ target }), (value) => value.replace(' ', '\t')),
      '400 InvalidArgument',
      `${target}: a tab after the algorithm`
    )
    await admitted(t, withAuthorization(sign({ target }), (value) => {
      const [algorithm, ...parts] = value.split(/,? /)
      return `${algorithm} ${parts.reverse().join(', ')}`
    }), `${target}: the components in another order`)
  }
})

t.test('S24: session tokens', async (t) => {
  const withToken = (...tokens: string[]): Line[] => standard(
    NOW, ...tokens.map((token): Line => ['X-Amz-Security-Token', token])
  )
  for (const target of BOTH) {
    await refused(
      t, sign({ target, headers: withToken('a-token') }), '403 InvalidToken', `${target}: for a key pair that has none`
    )
    await refused(
      t,
      sign({ target, headers: withToken('') }),
      '403 InvalidToken',
      `${target}: an empty one for a key pair that has none`
    )
    await refused(
      t, sign({ target, keyPair: carol }), '403 InvalidToken', `${target}: none for a key pair that has one`
    )
    for (const token of ['', 'a-token', CAROLS_TOKEN.slice(1), `${CAROLS_TOKEN}x`, CAROLS_TOKEN.toUpperCase()]) {
      await refused(
        t, sign({ target, keyPair: carol, headers: withToken(token) }), '403 InvalidToken', `${target}: "${token}"`
      )
    }
    await refused(
      t, { method: 'GET', target, headers: withToken(CAROLS_TOKEN) }, '403 InvalidToken', `${target}: unsigned`
    )
    await refused(
      t,
      sign({ target, keyPair: { ...carol, secretAccessKey: alice.secretAccessKey }, headers: withToken(CAROLS_TOKEN) }),
      '403 SignatureDoesNotMatch',
      `${target}: with a wrong secret`
    )
    await admitted(t, sign({ target, keyPair: carol, headers: withToken(CAROLS_TOKEN) }), `${target}: the one`)
  }
})

t.test('S25: x-amz-… that is not signed', async (t) => {
  for (const target of BOTH) {
    const sent = sign({ target })
    const ADDED: Array<[headers: Line[], named: string]> = [
      [[['x-amz-request-payer', 'requester']], 'x-amz-request-payer'],
      [[['X-Amz-Security-Token', CAROLS_TOKEN]], 'x-amz-security-token'],
      [[['x-amz-meta-b', '2'], ['X-AMZ-META-A', '1']], 'x-amz-meta-b, x-amz-meta-a'],
      [[['x-amz-expected-bucket-owner', '']], 'x-amz-expected-bucket-owner']
    ]
    for (const [headers, named] of ADDED) {
      const response = await refused(
        t, { ...sent, headers: [...sent.headers, ...headers] }, '403 AccessDenied', `${target}: ${named}`
      )
      t.equal(element(response, 'HeadersNotSigned'), named)
      t.equal(element(response, 'Message'), 'There were headers present in the request which were not signed')
    }
    for (const name of ['x-amz-content-sha256', 'x-amz-date']) {
      const signedHeaders = ['host', 'x-amz-content-sha256', 'x-amz-date'].filter((other) => other !== name)
      const response = await refused(t, sign({ target, signedHeaders }), '403 AccessDenied', `${target}: ${name}`)
      t.equal(element(response, 'HeadersNotSigned'), name)
    }
    await admitted(
      t,
      sign({
        target,
        headers: standard(NOW, ['x-amz-request-payer', 'requester'], ['x-amz-meta-b', '2'], ['X-AMZ-META-A', '1'])
      }),
      `${target}: signed`
    )
    await admitted(
      t,
      { ...sent, headers: [...sent.headers, ['My-Header', 'v'], ['Accept', '*/*']] },
      `${target}: other headers need no signature`
    )
  }
})

t.test('S26: a GET may be repeated within the quarter of an hour, and not after', async (t) => {
  for (const target of BOTH) {
    const sent = sign({ target })
    for (const time of ['first', 'second', 'third']) await admitted(t, sent, `${target}: the ${time} time`)
    await refused(
      t, sign({ target, at: Date.now() - 15 * MINUTE - 1_000 }), '403 RequestTimeTooSkewed', `${target}: too late`
    )
  }
})
