import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import type { RequestToSign } from '../support/botocore.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import type { KeyPair } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import {
  CAROLS_TOKEN, CREDENTIALS, alice, assertRefusal, carol, element, mallory, nobody, scopeOf, stamp, untold
} from '../support/signing-tests.js'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

// The same objects twice: readable with credentials only, and by everybody, where a refusal must not become an
// anonymous answer.
const root = t.testdir({ buckets: { bkt: {}, open: {} } })
for (const bucket of ['bkt', 'open']) {
  for (const key of ['key', 'other', 'a b+ü']) writeFileSync(join(root, 'buckets', bucket, key), `${key}\n`)
  mkdirSync(join(root, 'buckets', bucket, 'dir'))
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

type Pair = [name: string, value: string]

interface Ask {
  method?: string
  path?: string
  /** What stands before the six parameters; `torrent` by default. */
  query?: Pair[]
  at?: number
  expires?: string
  /** `date/region/service/terminal`: the key is derived along it, whatever it holds. */
  scope?: string
  keyPair?: KeyPair
  /** Signed along. */
  headers?: Record<string, string>
  /** As written into X-Amz-SignedHeaders; by default Host and `headers`. */
  signedHeaders?: string[]
  payload?: string
  /** What is done to the query before it is signed. */
  edit?: (query: Pair[]) => Pair[]
}

interface Presigned {
  target: string
  method: string
  headers: Record<string, string>
}

function escaped (text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

/** Signs also what no client would. A test below holds it against botocore. */
function presign (ask: Ask = {}): Presigned {
  const {
    method = 'GET', path = PRIVATE, query = [['torrent', '']], at = Date.now(), expires = '3600', scope = scopeOf(at),
    keyPair = alice, headers = {}, payload = 'UNSIGNED-PAYLOAD', edit = (query) => query
  } = ask
  const values: Record<string, string> = {
    host: HOST, ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  }
  const signedHeaders = ask.signedHeaders ?? Object.keys(values).sort()
  const parameters = edit([
    ...query,
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${keyPair.accessKeyId}/${scope}`],
    ['X-Amz-Date', stamp(at)],
    ['X-Amz-Expires', expires],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')]
  ]).map((pair): Pair => [escaped(pair[0]), escaped(pair[1])])
  const canonicalRequest = [
    method,
    path,
    [...parameters].sort((a, b) => a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : (a[0] < b[0] ? -1 : 1)).map(
      (pair) => pair.join('=')
    ).join(
      '&'
    ),
    ...signedHeaders.map((name) => `${name}:${values[name.toLowerCase()] ?? ''}`),
    '',
    signedHeaders.join(';'),
    payload
  ].join('\n')
  const stringToSign = [ALGORITHM, stamp(at), scope, createHash('sha256').update(canonicalRequest).digest('hex')].join(
    '\n'
  )
  const key = scope.split('/').reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${keyPair.secretAccessKey}`
  )
  const signature = createHmac('sha256', key).update(stringToSign).digest('hex')
  return {
    method,
    headers,
    target: `${path}?${[...parameters, ['X-Amz-Signature', signature]].map((pair) => pair.join('=')).join('&')}`
  }
}

/** botocore's, in one process for all. Their targets are paths with a query. */
function presignedByBotocore (asks: Array<Partial<RequestToSign> & { target: string }>): Presigned[] {
  return signWithBotocore(
    asks.map(({ target, ...ask }) => ({ scheme: 'v4-presign', ...alice, ...ask, url: url + target }))
  )
    .map((signed, i) => ({
      target: signed.url.slice(url.length), method: asks[i]?.method ?? 'GET', headers: signed.headers
    }))
}

function parameterOf ({ target }: Presigned, name: string): string {
  return new RegExp(`[?&]${name}=([^&]*)`).exec(target)?.[1] ?? ''
}

/** The same with its query, as it was sent, in other words. */
function requeried (presigned: Presigned, edit: (parameters: string[]) => string[]): Presigned {
  const [path = '', query = ''] = presigned.target.split('?')
  return { ...presigned, target: `${path}?${edit(query.split('&')).join('&')}` }
}

function spoiled (presigned: Presigned): Presigned {
  return {
    ...presigned,
    target: presigned.target.replace(/(?<=X-Amz-Signature=[0-9a-f]{63})[0-9a-f]/, (digit) => digit === '0' ? '1' : '0')
  }
}

async function send ({ target, method, headers }: Presigned, more: Record<string, string> = {}): Promise<HttpResponse> {
  return httpGet({ port, path: target }, { method, headers: { ...headers, ...more } })
}

async function admitted (
  t: Test, presigned: Presigned, what: string, more: Record<string, string> = {}
): Promise<HttpResponse> {
  const response = await send(presigned, more)
  const torrent = /[?&]torrent(=?)(&|$)/.test(presigned.target)
  t.strictSame(
    [response.status, response.headers['content-type']],
    [200, torrent ? 'application/x-bittorrent' : 'binary/octet-stream'],
    what
  )
  if (presigned.method === 'HEAD') t.equal(response.body.length, 0, what)
  else if (torrent) t.match(response.body.toString('latin1'), /^d.*4:infod6:length/s, what)
  else {
    t.equal(
      response.body.toString(),
    `${decodeURIComponent(presigned.target.replace(/\?.*$/, '')).replace(/^\/\w+\//, '')}\n`,
    what
    )
  }
  return response
}

async function refused (
  t: Test, presigned: Presigned, expected: string, what: string, more: Record<string, string> = {}
): Promise<HttpResponse> {
  const response = await send(presigned, more)
  assertRefusal(t, presigned, response, expected, what)
  return response
}

const isNow = (text: string | undefined): boolean => Math.abs(Date.parse(text ?? '') - Date.now()) < MINUTE

t.test("this file's own signer signs as botocore", async (t) => {
  if (!need(t, 'python-boto3')) return
  const at = Date.parse('2026-03-04T05:06:07Z')
  const date = '2026-03-04T05:06:07Z'
  const [torrent, other] = presignedByBotocore([
    { target: '/bkt/key?torrent', date, expires: 60 },
    {
      target: '/bkt/key?torrent=&response-content-type=a%2Fb%20c',
      date,
      region: 'eu-west-1',
      service: 'ec2',
      headers: {
        'x-amz-request-payer': 'requester'
      }
    }
  ]) as [Presigned, Presigned]
  t.equal(parameterOf(presign({ at, expires: '60' }), 'X-Amz-Signature'), parameterOf(torrent, 'X-Amz-Signature'))
  const own = presign({
    at,
    scope: scopeOf(at, 'eu-west-1', 'ec2'),
    query: [['torrent', ''], ['response-content-type', 'a/b c']],
    headers: {
      'x-amz-request-payer': 'requester'
    }
  })
  t.equal(parameterOf(own, 'X-Amz-Signature'), parameterOf(other, 'X-Amz-Signature'))
})

t.test('S30: what boto3 presigns, however it is written down', async (t) => {
  if (!need(t, 'python-boto3')) return
  const SPELLINGS: Array<[what: string, edit: (parameters: string[]) => string[]]> = [
    ['as it was made', (parameters) => parameters],
    ['backwards', (parameters) => [...parameters].reverse()],
    ['in alphabetical order', (parameters) => [...parameters].sort()],
    ['the signature first', (parameters) => [parameters.at(-1) ?? '', ...parameters.slice(0, -1)]],
    ['slashes and semicolons as they are', (parameters) => parameters.map(
      (pair) => pair.replaceAll('%2F', '/').replaceAll('%3B', ';')
    )],
    ['lower-case escapes', (parameters) => parameters.map(
      (pair) => pair.replace(/%../g, (escape) => escape.toLowerCase())
    )],
    ['needless escapes', (parameters) => parameters.map((pair) => pair.replace('AWS4', '%41WS4'))],
    ['spaces as +', (parameters) => parameters.map((pair) => pair.replaceAll('%20', '+'))],
    ['an empty parameter between', (parameters) => [...parameters, '']]
  ]
  const targets = BOTH.flatMap((path) => [
    `${path}?torrent`, `${path}?torrent=`, path, `${path}?x-id=GetObject`,
    `${path}?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.bin%22`,
    `${path}?note=1%2B1%201&torrent`
  ])
  for (const presigned of presignedByBotocore(targets.map((target) => ({ target })))) {
    for (const [what, edit] of SPELLINGS) {
      const spelt = requeried(presigned, edit)
      await admitted(t, spelt, `${presigned.target}, ${what}`)
      await refused(t, spoiled(spelt), '403 SignatureDoesNotMatch', `${presigned.target}, ${what}, spoiled`)
    }
  }
})

t.test('S30: ?torrent and ?torrent= are one', async (t) => {
  if (!need(t, 'python-boto3')) return
  const [bare, empty] = presignedByBotocore(
    [{ target: '/bkt/key?torrent' }, { target: '/bkt/key?torrent=' }]
  ) as [Presigned, Presigned]
  for (const presigned of [bare, empty]) {
    await admitted(t, { ...presigned, target: presigned.target.replace(/torrent=?/, 'torrent') }, '?torrent')
    await admitted(t, { ...presigned, target: presigned.target.replace(/torrent=?/, 'torrent=') }, '?torrent=')
    await refused(
      t,
      { ...presigned, target: presigned.target.replace(/torrent=?/, 'torrent=1') },
      '403 SignatureDoesNotMatch',
      '?torrent=1'
    )
  }
})

t.test('S30: other keys, methods, headers, the longest time, and what other clients add', async (t) => {
  if (!need(t, 'python-boto3')) return
  const presigned = presignedByBotocore([
    { target: '/bkt/a%20b%2B%C3%BC' },
    { target: '/bkt/a%20b%2B%C3%BC?torrent' },
    { target: PRIVATE, method: 'HEAD' },
    { target: `${PRIVATE}?torrent`, method: 'HEAD' },
    { target: `${PRIVATE}?torrent`, headers: { 'x-amz-request-payer': 'requester', 'My-Header': 'v' } },
    { target: `${PRIVATE}?torrent`, expires: 604800 },
    // The AWS SDK for JavaScript.
    { target: `${PRIVATE}?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-id=GetObjectTorrent&torrent` },
    { target: `${PRIVATE}?x-amz-request-payer=requester&torrent` }
  ])
  for (const one of presigned) {
    await admitted(t, one, `${one.method} ${one.target}`)
    await refused(
      t,
      spoiled(one),
      one.method === 'HEAD' ? '403' : '403 SignatureDoesNotMatch',
      `${one.method} ${one.target}, spoiled`
    )
  }
  const ranged = await send(presigned[0] as Presigned, { Range: 'bytes=0-0' })
  t.strictSame([ranged.status, ranged.body.toString()], [206, 'a'], 'Range need not be signed')
})

t.test('S31: each of the six is required, once', async (t) => {
  const SIX = [
    'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'
  ]
  const code = '400 AuthorizationQueryParametersError'
  for (const path of BOTH) {
    const whole = presign({ path })
    for (const name of SIX) {
      const is = (pair: string): boolean => pair.startsWith(`${name}=`)
      await refused(t, requeried(whole, (pairs) => pairs.filter((pair) => !is(pair))), code, `${path}: no ${name}`)
      await refused(
        t,
        requeried(whole, (pairs) => pairs.map((pair) => is(pair) ? `${name}=` : pair)),
        code,
        `${path}: ${name} empty`
      )
      await refused(
        t, requeried(whole, (pairs) => pairs.map((pair) => is(pair) ? name : pair)), code, `${path}: ${name} bare`
      )
      await refused(t, requeried(whole, (pairs) => [...pairs, ...pairs.filter(is)]), code, `${path}: ${name} twice`)
      await refused(t, requeried(whole, (pairs) => [`${name}=other`, ...pairs]), code, `${path}: another ${name} first`)
      await refused(t, requeried(whole, (pairs) => [...pairs, `${name}=other`]), code, `${path}: another ${name} last`)
      await refused(
        t,
        requeried(whole, (pairs) => pairs.map((pair) => is(pair) ? pair.replace(name, name.toLowerCase()) : pair)),
        code,
        `${path}: ${name} in lower case`
      )
      await refused(
        t,
        requeried(whole, (pairs) => pairs.filter((pair) => is(pair) || pair === 'torrent=')),
        code,
        `${path}: ${name} alone`
      )
      await refused(t, { ...whole, target: `${path}?${name}` }, code, `${path}: ?${name}`)
    }
    for (const name of SIX.slice(0, 5)) {
      await refused(
        t,
        presign({ path, edit: (pairs) => pairs.filter((pair) => pair[0] !== name) }),
        code,
        `${path}: signed without ${name}`
      )
      await refused(
        t,
        presign({ path, edit: (pairs) => pairs.flatMap((pair) => pair[0] === name ? [pair, pair] : [pair]) }),
        code,
        `${path}: signed with ${name} twice`
      )
    }
    await admitted(t, whole, `${path}: all six`)
  }
})

t.test('S31: another spelling of X-Amz-Signature is a parameter that is not signed', async (t) => {
  for (const path of BOTH) {
    const presigned = presign({ path })
    for (const name of ['x-amz-signature', 'X-AMZ-SIGNATURE', 'X-Amz-signature']) {
      const response = await send(requeried(presigned, (pairs) => [...pairs, `${name}=0`]))
      t.match(
        `${response.status} ${element(response, 'Code')}`,
        /^(400 AuthorizationQueryParametersError|403 SignatureDoesNotMatch)$/,
        `${path}: ${name}`
      )
    }
    await refused(
      t,
      requeried(presigned, (pairs) => [...pairs, 'X-Amz-Other=0']),
      '403 SignatureDoesNotMatch',
      `${path}: X-Amz-Other`
    )
    await admitted(t, presigned, path)
  }
})

t.test('S31: without any of them nothing is signed', async (t) => {
  await refused(t, { method: 'GET', target: `${PRIVATE}?torrent`, headers: {} }, '403 AccessDenied', PRIVATE)
  await admitted(t, { method: 'GET', target: `${PUBLIC}?torrent`, headers: {} }, PUBLIC)
})

t.test('S32: X-Amz-Expires', async (t) => {
  for (const path of BOTH) {
    for (const expires of [
      'soon', '-1', '-3600', '+60', ' 60', '1.5', '1e3', '0x10', '60s', '٣', '604801', '99999999999999999999',
      'Infinity', 'NaN'
    ]) {
      await refused(t, presign({ path, expires }), '400 AuthorizationQueryParametersError', `${path}: ${expires}`)
    }
    const zero = await refused(t, presign({ path, expires: '0' }), '403 AccessDenied', `${path}: 0`)
    t.equal(element(zero, 'Message'), 'Request has expired')
    // X-Amz-Date has whole seconds: one from now may be over at once.
    await admitted(t, presign({ path, expires: '1', at: Date.now() + 5_000 }), `${path}: 1`)
    for (const expires of ['604800', '0060']) await admitted(t, presign({ path, expires }), `${path}: ${expires}`)
  }
})

t.test('S33: expired', async (t) => {
  for (const path of BOTH) {
    for (const [ago, expires] of [[61_000, 60], [2_000, 1], [7 * DAY + 1_000, 604800], [365 * DAY, 3600]] as const) {
      const at = Math.floor((Date.now() - ago) / 1000) * 1000
      const response = await refused(
        t, presign({ path, at, expires: String(expires) }), '403 AccessDenied', `${path}: ${expires} s, ${ago} ms ago`
      )
      t.equal(element(response, 'Message'), 'Request has expired')
      t.equal(element(response, 'ExpiresDate'), new Date(at + expires * 1000).toISOString())
      t.ok(isNow(element(response, 'ServerTime')), 'ServerTime')
      await refused(
        t,
        presign({ method: 'HEAD', path, at, expires: String(expires) }),
        '403',
        `${path}: HEAD, ${expires} s, ${ago} ms ago`
      )
    }
    for (const [ago, expires] of [[30_000, 60], [7 * DAY - MINUTE, 604800], [16 * MINUTE, 3600]] as const) {
      await admitted(
        t, presign({ path, at: Date.now() - ago, expires: String(expires) }), `${path}: ${expires} s, ${ago} ms ago`
      )
    }
    const extended = presign({ path, at: Date.now() - 61_000, expires: '60' })
    await refused(
      t,
      { ...extended, target: extended.target.replace('X-Amz-Expires=60', 'X-Amz-Expires=3600') },
      '403 SignatureDoesNotMatch',
      `${path}: made longer by hand`
    )
  }
})

t.test('S34: not yet valid', async (t) => {
  for (const path of BOTH) {
    for (const minutes of [16, 60, 365 * 24 * 60]) {
      const response = await refused(
        t,
        presign({ path, at: Date.now() + minutes * MINUTE, expires: '604800' }),
        '403 AccessDenied',
        `${path}: in ${minutes} minutes`
      )
      t.match(element(response, 'Message'), /not yet valid/)
    }
    await admitted(t, presign({ path, at: Date.now() + 14 * MINUTE, expires: '1' }), `${path}: in 14 minutes`)
  }
})

t.test('S35: the scope and the date', async (t) => {
  const code = '400 AuthorizationQueryParametersError'
  const at = Date.now()
  const today = stamp(at).slice(0, 8)
  for (const path of BOTH) {
    for (const region of ['eu-west-1', 'US-EAST-1', '']) {
      const response = await refused(
        t, presign({ path, at, scope: scopeOf(at, region) }), code, `${path}: the region "${region}"`
      )
      t.equal(element(response, 'Region'), 'us-east-1')
    }
    for (const scope of [
      scopeOf(at, 'us-east-1', 'ec2'), scopeOf(at, 'us-east-1', ''), scopeOf(
        at, 'us-east-1', 's3', 'aws4_response'
      ), scopeOf(
        at, 'us-east-1', 's3', ''
      ),
      scopeOf(at - DAY), scopeOf(at +
        DAY), `${new Date(at).toISOString().slice(0, 10)}/us-east-1/s3/aws4_request`,
        `${stamp(at)}/us-east-1/s3/aws4_request`,
        '/us-east-1/s3/aws4_request', `${today}/us-east-1/s3`, `${scopeOf(at)}/aws4_request`, today
    ]) {
      await refused(t, presign({ path, at, scope }), code, `${path}: ${scope}`)
    }
    await refused(
      t,
      presign({ path, at, keyPair: { ...alice, accessKeyId: `team/${alice.accessKeyId}` } }),
      code,
      `${path}: an access key id with a slash (S6)`
    )
    await refused(t, presign({ path, at, keyPair: { ...alice, accessKeyId: '' } }), code, `${path}: no access key id`)
    for (const date of [
      'today', new Date(at).toISOString(), new Date(at).toUTCString(), today, `${today}T000000`, `${today}T250000Z`,
      `${today}T000000Z0`, String(at)
    ]) {
      await refused(
        t,
        presign({
          path, at, edit: (pairs) => pairs.map(([name, value]) => [name, name === 'X-Amz-Date' ? date : value])
        }),
        code,
        `${path}: X-Amz-Date ${date}`
      )
    }
    for (const algorithm of ['AWS4-HMAC-SHA1', 'AWS4-ECDSA-P256-SHA256', 'aws4-hmac-sha256', 'x']) {
      await refused(
        t,
        presign({
          path, at, edit: (pairs) => pairs.map(([name, value]) => [name, value === ALGORITHM ? algorithm : value])
        }),
        code,
        `${path}: ${algorithm} (S4)`
      )
    }
    await admitted(t, presign({ path, at }), path)
  }
})

t.test('S10, S11: unknown access key ids and wrong signatures', async (t) => {
  for (const path of BOTH) {
    await refused(t, presign({ path, keyPair: nobody }), '403 InvalidAccessKeyId', `${path}: unknown`)
    const wrong = await refused(
      t, presign({ path, keyPair: mallory }), '403 SignatureDoesNotMatch', `${path}: a wrong secret`
    )
    t.notMatch(untold(wrong), /secret|[0-9a-f]{64}/, 'neither a secret nor the right signature is told')
    const presigned = presign({ path })
    const signature = parameterOf(presigned, 'X-Amz-Signature')
    for (const other of [
      signature.slice(1), `${signature}0`, signature.toUpperCase(), '0', 'x'.repeat(64), signature.repeat(20), '%C3%BC',
      `${signature}%00`
    ].filter((other) => other !== signature)) {
      await refused(
        t,
        { ...presigned, target: presigned.target.replace(signature, other) },
        other.endsWith('%00') ? '400 InvalidURI' : '403 SignatureDoesNotMatch',
        `${path}: ${other}`
      )
    }
    await refused(t, spoiled(presigned), '403 SignatureDoesNotMatch', `${path}: one digit`)
    await admitted(t, presigned, path)
  }
})

t.test('S16: the payload hash that is signed', async (t) => {
  const EMPTY_HASH = createHash('sha256').digest('hex')
  for (const path of BOTH) {
    for (const payload of [
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'not-a-hash', ''
    ]) {
      await refused(
        t,
        presign({ path, payload, query: [['torrent', ''], ['X-Amz-Content-Sha256', payload]] }),
        '400 InvalidArgument',
        `${path}: "${payload}"`
      )
      await refused(
        t,
        presign({ path, payload, headers: { 'X-Amz-Content-Sha256': payload } }),
        '400 InvalidArgument',
        `${path}: "${payload}", as a header`
      )
    }
    for (const payload of ['UNSIGNED-PAYLOAD', EMPTY_HASH]) {
      await admitted(
        t,
        presign({ path, payload, query: [['torrent', ''], ['X-Amz-Content-Sha256', payload]] }),
        `${path}: ${payload}`
      )
      await admitted(
        t, presign({ path, payload, headers: { 'X-Amz-Content-Sha256': payload } }), `${path}: ${payload}, as a header`
      )
    }
    await refused(
      t, presign({ path, payload: EMPTY_HASH }), '403 SignatureDoesNotMatch', `${path}: a hash that is not told`
    )
  }
})

t.test('S18, S19, S22, S25: the headers that are signed', async (t) => {
  for (const path of BOTH) {
    const hostless = await refused(
      t,
      presign({ path, signedHeaders: ['my-header'], headers: { 'my-header': 'v' } }),
      '403 AccessDenied',
      `${path}: without Host`
    )
    t.equal(element(hostless, 'HeadersNotSigned'), 'host')
    await refused(
      t,
      presign({ path, signedHeaders: ['host', 'my-header'] }),
      '403 SignatureDoesNotMatch',
      `${path}: one that is not there`
    )
    await refused(
      t,
      presign({ path, signedHeaders: ['my-header', 'host'], headers: { 'my-header': 'v' } }),
      '403 SignatureDoesNotMatch',
      `${path}: out of order`
    )
    await refused(
      t,
      presign({ path, signedHeaders: ['host', 'My-Header'], headers: { 'my-header': 'v' } }),
      '403 SignatureDoesNotMatch',
      `${path}: in upper case`
    )
    for (const listed of ['my-header;host', 'host;host;my-header', 'host;My-Header']) {
      const edit = (pairs: Pair[]): Pair[] => pairs.map(
        ([name, value]) => [name, name === 'X-Amz-SignedHeaders' ? listed : value]
      )
      await refused(
        t,
        presign({ path, headers: { 'my-header': 'v' }, edit }),
        '403 SignatureDoesNotMatch',
        `${path}: signed in order, and listed as ${listed}`
      )
    }
    await refused(t, presign({ path, signedHeaders: ['Host'] }), '403 AccessDenied', `${path}: Host in upper case`)
    const presigned = presign({ path, headers: { 'my-header': 'v' } })
    await refused(t, presigned, '403 SignatureDoesNotMatch', `${path}: another value`, { 'my-header': 'w' })
    await refused(t, { ...presigned, headers: {} }, '403 SignatureDoesNotMatch', `${path}: left out`)
    const unsigned = await refused(t, presigned, '403 AccessDenied', `${path}: x-amz-… that is not signed`, {
      'x-amz-request-payer': 'requester'
    })
    t.equal(element(unsigned, 'HeadersNotSigned'), 'x-amz-request-payer')
    t.equal(element(unsigned, 'Message'), 'There were headers present in the request which were not signed')
    await admitted(
      t,
      presign({ path, headers: { 'my-header': 'v', 'x-amz-request-payer': 'requester' } }),
      `${path}: x-amz-… that is signed`
    )
    await admitted(t, presigned, `${path}: other headers need no signature`, { 'Other-Header': 'v' })
  }
})

t.test('S21: a presigned URL and an Authorization header', async (t) => {
  for (const path of BOTH) {
    const presigned = presign({ path })
    for (const authorization of [
      '',
      'Basic YWxpY2U6c2VjcmV0',
      `AWS ${alice.accessKeyId}:signature`,
      `${ALGORITHM} Credential=a/b/c/d/e, SignedHeaders=host, Signature=0`
    ]) {
      await refused(t, presigned, '400 InvalidArgument', `${path}: "${authorization}"`, {
        Authorization: authorization
      })
    }
    for (const query of ['Signature=0', 'Expires=9999999999', `AWSAccessKeyId=${alice.accessKeyId}`]) {
      await refused(t, requeried(presigned, (pairs) => [...pairs, query]), '400 InvalidArgument', `${path}: ${query}`)
    }
    await admitted(t, presigned, path)
  }
})

t.test('S24: session tokens', async (t) => {
  const withToken = (...tokens: string[]): Pair[] => [
    ['torrent', ''], ...tokens.map((token): Pair => ['X-Amz-Security-Token', token])
  ]
  for (const path of BOTH) {
    await refused(
      t, presign({ path, query: withToken('a-token') }), '403 InvalidToken', `${path}: for a key pair that has none`
    )
    await refused(t, presign({ path, keyPair: carol }), '403 InvalidToken', `${path}: none for a key pair that has one`)
    for (const token of ['', 'a-token', `${CAROLS_TOKEN}x`]) {
      await refused(
        t, presign({ path, keyPair: carol, query: withToken(token) }), '403 InvalidToken', `${path}: "${token}"`
      )
    }
    await refused(
      t,
      { method: 'GET', target: `${path}?torrent&X-Amz-Security-Token=${escaped(CAROLS_TOKEN)}`, headers: {} },
      '403 InvalidToken',
      `${path}: unsigned`
    )
    const added = requeried(
      presign({ path, keyPair: carol }), (pairs) => [...pairs, `X-Amz-Security-Token=${escaped(CAROLS_TOKEN)}`]
    )
    await refused(t, added, '403 SignatureDoesNotMatch', `${path}: not signed`)
    await admitted(t, presign({ path, keyPair: carol, query: withToken(CAROLS_TOKEN) }), `${path}: the one`)
  }
  if (!need(t, 'python-boto3')) return
  const [presigned] = presignedByBotocore(
    [{ target: `${PRIVATE}?torrent&X-Amz-Security-Token=${escaped(CAROLS_TOKEN)}`, ...carol }]
  ) as [Presigned]
  await admitted(t, presigned, "botocore's")
})

t.test('S36: a URL is for one method', async (t) => {
  for (const path of BOTH) {
    for (const query of [[], [['torrent', '']]] as Pair[][]) {
      const get = presign({ path, query })
      const head = presign({ path, query, method: 'HEAD' })
      await admitted(t, get, `${path}: GET as GET`)
      await refused(t, { ...get, method: 'HEAD' }, '403', `${path}: GET as HEAD`)
      await admitted(t, head, `${path}: HEAD as HEAD`)
      await refused(t, { ...head, method: 'GET' }, '403 SignatureDoesNotMatch', `${path}: HEAD as GET`)
    }
    await refused(t, presign({ path, method: 'PUT' }), '405 MethodNotAllowed', `${path}: PUT`)
    await refused(
      t, { ...presign({ path, method: 'PUT' }), method: 'GET' }, '403 SignatureDoesNotMatch', `${path}: PUT as GET`
    )
  }
})

t.test('S37: ?torrent is signed, and so is all else that a URL names', async (t) => {
  const code = '403 SignatureDoesNotMatch'
  for (const path of BOTH) {
    const object = presign({ path, query: [] })
    const torrent = presign({ path })
    await admitted(t, object, `${path}: the object`)
    await admitted(t, torrent, `${path}: its torrent`)
    for (const added of [
      'torrent', 'torrent=', 'torrent=1', 'versionId=null', 'response-content-type=text%2Fhtml',
      'x-amz-request-payer=requester', 'a', 'a='
    ]) {
      await refused(t, requeried(object, (pairs) => [...pairs, added]), code, `${path}: ${added} added`)
      await refused(t, requeried(object, (pairs) => [added, ...pairs]), code, `${path}: ${added} added in front`)
    }
    await refused(
      t, requeried(torrent, (pairs) => pairs.filter((pair) => pair !== 'torrent=')), code, `${path}: torrent removed`
    )
    await refused(
      t,
      requeried(torrent, (pairs) => pairs.map((pair) => pair === 'torrent=' ? 'Torrent=' : pair)),
      code,
      `${path}: Torrent`
    )
    await refused(t, requeried(torrent, (pairs) => ['torrent', ...pairs]), code, `${path}: torrent twice`)
    const conflict = await refused(
      t, requeried(torrent, (pairs) => ['acl', ...pairs]), '400 InvalidArgument', `${path}: acl beside torrent`
    )
    t.equal(element(conflict, 'Message'), 'Conflicting query string parameters: acl, torrent')
    for (const other of [
      path.replace('key', 'other'), `${path}/`, path.replace('/key', '//key'), path.replace('key', 'dir/../key'),
      path.replace('key', '.'), path === PUBLIC ? PRIVATE : PUBLIC
    ]) {
      await refused(t, { ...torrent, target: torrent.target.replace(path, other) }, code, `${path}: as ${other}`)
    }
    await admitted(
      t, { ...torrent, target: torrent.target.replace('key', '%6bey') }, `${path}: the same key in other words`
    )
  }
})

const OVERRIDES: Record<string, string> = {
  'response-cache-control': 'no-store',
  'response-content-disposition': 'attachment; filename="a b.bin"',
  'response-content-encoding': 'identity',
  'response-content-language': 'en',
  'response-content-type': 'text/plain; charset=utf-8',
  'response-expires': 'Thu, 01 Dec 1994 16:00:00 GMT'
}

t.test('S38: response-… needs a signature', async (t) => {
  for (const [name, value] of Object.entries(OVERRIDES)) {
    const header = name.slice('response-'.length)
    for (const path of BOTH) {
      const signed = await send(presign({ path, query: [[name, value]] }))
      t.strictSame(
        [signed.status, signed.headers[header], signed.body.toString()], [200, value, 'key\n'], `${path}: ${name}`
      )
    }
    for (const target of [
      `${PUBLIC}?${name}=${escaped(value)}`, `${PUBLIC}?${name}`, `${PUBLIC}?${name}=${escaped('\r\nX-Injected: 1')}`
    ]) {
      const response = await refused(t, { method: 'GET', target, headers: {} }, '400 InvalidRequest', target)
      t.equal(
        element(response, 'Message'), 'Request specific response headers cannot be used for anonymous GET requests.'
      )
      await refused(t, { method: 'HEAD', target, headers: {} }, '400', `HEAD ${target}`)
    }
    await refused(
      t,
      { method: 'GET', target: `${PRIVATE}?${name}=${escaped(value)}`, headers: {} },
      '403 AccessDenied',
      `${PRIVATE}: ${name}`
    )
  }
  await admitted(
    t,
    { method: 'GET', target: `${PUBLIC}?Response-Content-Type=text%2Fhtml`, headers: {} },
    'in another case it is any parameter'
  )
})

t.test('S38: response-… splits no header', async (t) => {
  for (const path of BOTH) {
    for (const name of Object.keys(OVERRIDES)) {
      for (const value of [
        'a\r\nX-Injected: 1', 'a\nX-Injected: 1', 'a\rX-Injected: 1', '\r\n\r\n<script>', 'a\u007F', 'a\u001Bb'
      ]) {
        const response = await refused(
          t, presign({ path, query: [[name, value]] }), '400 InvalidArgument', `${path}: ${name}=${escaped(value)}`
        )
        t.notOk(response.rawHeaders.some((text) => /injected/i.test(text)), 'nothing injected')
      }
    }
    await refused(t, presign({ path, query: [['response-content-type', 'a\0b']] }), '400 InvalidURI', `${path}: NUL`)
  }
  const utf8 = await send(presign({ query: [['response-content-disposition', 'attachment; filename="ü.bin"']] }))
  t.strictSame(
    [utf8.status, Buffer.from(utf8.headers['content-disposition'] ?? '', 'latin1').toString()],
    [200, 'attachment; filename="ü.bin"'],
    'UTF-8 goes through'
  )
})

t.test("S38: a torrent's headers are its own: GetObjectTorrent has no response-…", async (t) => {
  const plain = await send(presign())
  for (const [name, value] of Object.entries(OVERRIDES)) {
    const header = name.slice('response-'.length)
    const response = await admitted(t, presign({ query: [['torrent', ''], [name, value]] }), name)
    t.strictSame(response.headers[header], plain.headers[header], name)
  }
})

t.test('S39: a presigned URL needs the Host that was signed; a web seed needs none in particular', async (t) => {
  const presigned = presign({ path: PUBLIC })
  for (const host of ['127.0.0.1', `localhost:${port}`, `127.0.0.1:${port + 1}`, 'evil.example']) {
    await refused(t, presigned, '403 SignatureDoesNotMatch', host, { Host: host })
  }
  const { body } = await admitted(t, presigned, HOST, { Host: HOST })
  const [seed = ''] = (await parsed(body)).urlList
  t.ok(seed.startsWith(`${url}/-/seed/`), seed)
  for (const host of ['127.0.0.1', HOST, 'evil.example']) {
    const response = await httpGet(seed, { headers: { Host: host } })
    t.strictSame([response.status, response.body.toString()], [200, 'key\n'], `${host}: the seed`)
  }
  await refused(t, presign({ path: PUBLIC }), '403 SignatureDoesNotMatch', 'X-Forwarded-Host is no Host', {
    Host: '127.0.0.1', 'X-Forwarded-Host': HOST
  })
})
