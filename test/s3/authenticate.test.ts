import { createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import t from 'tap'
import type { Test } from 'tap'
import type { KeyPair } from '../../src/credentials/key-pair.js'
import { Sha256 } from '../../src/credentials/sha256.js'
import { encodeUri } from '../../src/s3/uri.js'
import { parseAddress } from '../../src/s3/address.js'
import { authenticate } from '../../src/s3/authenticate.js'
import { S3Error } from '../../src/s3/errors.js'
import { RequestHeaders } from '../../src/s3/request-headers.js'
import { errorXml } from '../../src/s3/xml.js'

const DOMAIN = 's3.example.net'
const ALICE: KeyPair = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alicesecret' }

interface Sent { readonly target: string, readonly headers: Record<string, string> }
interface Ask {
  readonly host: string
  readonly path: string
  readonly keyPair?: KeyPair
  readonly headers?: Record<string, string>
  readonly query?: Record<string, string>
}

const signerOf = (credentials: KeyPair) => new SignatureV4({
  service: 's3', region: 'us-east-1', credentials, sha256: Sha256, uriEscapePath: false, applyChecksum: false
})
const HASH = 'x-amz-content-sha256'
const requestOf = ({ host, path, headers, query }: Ask) => ({
  method: 'GET',
  protocol: 'http:',
  hostname: host,
  path,
  query: { torrent: '', ...query },
  headers: {
    host, ...headers, [HASH]: 'UNSIGNED-PAYLOAD'
  }
})
const targetOf = (
  path: string, query: Readonly<Record<string, unknown>>
): string => `${path}?${Object.entries(query).map(([name, value]) => `${name}=${encodeUri(String(value))}`).join('&')}`

const SIGNINGS: Record<'V4 header' | 'V4 presigned', (ask: Ask) => Promise<Sent>> = {
  'V4 header': async (ask) => {
    const { headers, query } = await signerOf(ask.keyPair ?? ALICE).sign(requestOf(ask))
    return { target: targetOf(ask.path, query ?? {}), headers }
  },
  'V4 presigned': async (ask) => {
    const names = new Set([HASH])
    const { query = {} } = await signerOf(ask.keyPair ?? ALICE).presign(requestOf(ask), {
      expiresIn: 60, unsignableHeaders: names, unhoistableHeaders: names
    })
    return { target: targetOf(ask.path, query), headers: ask.headers ?? {} }
  }
}

const signedV2 = ({ secretAccessKey }: KeyPair, text: string): string => createHmac('sha1', secretAccessKey).update(
  text
).digest(
  'base64'
)

function v2Header ({ path, keyPair = ALICE, headers = {} }: Ask): Sent {
  const date = new Date().toUTCString()
  const amz = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-')).sort().map(
    ([name, value]) => `${name}:${value}\n`
  ).join('')
  return {
    target: path,
    headers: {
      ...headers,
      date,
      authorization: `AWS ${keyPair.accessKeyId}:${signedV2(keyPair, `GET\n\n\n${date}\n${amz}${path}`)}`
    }
  }
}

function v2Presigned ({ path, keyPair = ALICE }: Ask, resource = path): Sent {
  const expires = String(Math.floor(Date.now() / 1000) + 60)
  return {
    target: targetOf(path, {
      AWSAccessKeyId: keyPair.accessKeyId,
      Expires: expires,
      Signature: signedV2(keyPair, `GET\n\n\n${expires}\n${resource}`)
    }),
    headers: {}
  }
}

/** Whose signature it is, or the error. */
async function asked ({ target, headers }: Sent, host: string, keyPair = ALICE): Promise<string | S3Error> {
  const lines = [...Object.entries(headers).filter(([name]) => name !== 'host'), ['Host', host]].flat()
  try {
    const address = parseAddress(target, host, [DOMAIN])
    const found = await authenticate({ method: 'GET', address, headers: new RequestHeaders(lines) }, {
      region: 'us-east-1',
      signatureV2: true,
      now: Date.now,
      find: async (id) => id === keyPair.accessKeyId
        ? keyPair
        : undefined
    })
    return found?.accessKeyId ?? 'nobody'
  } catch (error) {
    if (error instanceof S3Error) return error
    throw error
  }
}

async function outcome (sent: Sent, host: string, keyPair = ALICE): Promise<string> {
  const found = await asked(sent, host, keyPair)
  return typeof found === 'string' ? found : found.code
}

const STYLES = {
  path: ['torrent.example.net', '/media/a%20b'],
  virtual: [`media.${DOMAIN}`, '/a%20b'],
  IPv6: ['[2001:db8::1]', '/media/a%20b']
} as const

for (const [scheme, sign] of Object.entries(SIGNINGS)) {
  for (const [style, [name, path]] of Object.entries(STYLES)) {
    t.test(`${scheme}, ${style} style: the default ports of http and https are none`, async (t) => {
      const SPELLINGS = [name, `${name}:80`, `${name}:443`]
      for (const signed of SPELLINGS) {
        const sent = await sign({ host: signed, path })
        for (const host of SPELLINGS) {
          t.equal(await outcome(sent, host), ALICE.accessKeyId, `signed for ${signed}, sent to ${host}`)
        }
        for (const host of [`${name}:8080`, `${name}:81`, `${name}:4430`, `x${name}`]) {
          t.equal(await outcome(sent, host), 'SignatureDoesNotMatch', `signed for ${signed}, sent to ${host}`)
        }
      }
      const other = await sign({ host: `${name}:8080`, path })
      t.equal(await outcome(other, `${name}:8080`), ALICE.accessKeyId)
      for (const host of SPELLINGS) {
        t.equal(await outcome(other, host), 'SignatureDoesNotMatch', `signed for port 8080, sent to ${host}`)
      }
    })

    t.test(`${scheme}, ${style} style: capitals and a dot at the end arrive`, async (t) => {
      for (const port of ['', ':443', ':8080']) {
        const sent = await sign({ host: name + port, path })
        const ARRIVING = style === 'IPv6' ? [name.toUpperCase()] : [name.toUpperCase(), `${name}.`]
        for (const host of ARRIVING) t.equal(await outcome(sent, host + port), ALICE.accessKeyId, host + port)
      }
      const asWritten = await sign({ host: name.toUpperCase(), path })
      t.equal(await outcome(asWritten, name.toUpperCase()), ALICE.accessKeyId, 'signed in capitals and sent so')
    })

    t.test(`${scheme}, ${style} style: another path is another request, with every spelling of Host`, async (t) => {
      const sent = await sign({ host: name, path })
      for (const host of [name, `${name}:80`]) {
        t.equal(
          await outcome({ ...sent, target: sent.target.replace('a%20b', 'other') }, host), 'SignatureDoesNotMatch'
        )
      }
      t.equal(
        await outcome({ ...sent, target: sent.target.replace('a%20b', '%61%20b') }, `${name}:443`),
        ALICE.accessKeyId,
        'escapes and Host at once'
      )
    })
  }
}

t.test('Version 2 signs the bucket of a virtual host, and no port', async (t) => {
  const sent = v2Presigned({ host: '', path: '/a' }, '/media/a')
  for (const host of ['', ':80', ':443', ':8080', '.:80'].map((port) => `media.${DOMAIN}${port}`)) {
    t.equal(await outcome(sent, host), ALICE.accessKeyId, host)
  }
  t.equal(await outcome(sent, `other.${DOMAIN}`), 'SignatureDoesNotMatch')
})

const HOST = 'torrent.example.net'
const PATH = '/media/a'

t.test('access key ids that hold more than letters and digits', async (t) => {
  const signings = { ...SIGNINGS, 'V2 header': v2Header, 'V2 presigned': v2Presigned }
  for (const accessKeyId of [
    'test:tester', ':', 'a::b:', 'a,b', 'a,Signature', 'a=b', 'Credential=a', 'a;b', 'a+b', 'a%3Ab', 'a&b',
    'al\u00FCce', '-', '__proto__'
  ]) {
    const keyPair = { accessKeyId, secretAccessKey: 'secret' }
    for (const [scheme, sign] of Object.entries(signings)) {
      const { target, headers } = await sign({ host: HOST, path: PATH, keyPair })
      // As they are on the wire, byte for byte.
      const sent = {
        target,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')])
        )
      }
      t.equal(await outcome(sent, HOST, keyPair), accessKeyId, `${scheme}, ${accessKeyId}`)
    }
  }
})

async function mismatch (t: Test, sent: Sent, host = HOST): Promise<S3Error> {
  const error = await asked(sent, host)
  if (typeof error === 'string') throw new Error(`${error} was let in`)
  t.equal(error.code, 'SignatureDoesNotMatch')
  t.notMatch(JSON.stringify([error.message, error.details]), ALICE.secretAccessKey)
  return error
}

t.test('what a proxy has changed is seen in what this server holds against a signature of version 4', async (t) => {
  for (const sign of Object.values(SIGNINGS)) {
    const sent = await sign({ host: HOST, path: PATH, headers: { 'accept-encoding': 'identity' } })
    t.equal(await outcome(sent, HOST), ALICE.accessKeyId)
    const { details } = await mismatch(t, { ...sent, headers: { ...sent.headers, 'accept-encoding': 'gzip' } })
    t.equal(details['AWSAccessKeyId'], ALICE.accessKeyId)
    t.match(details['SignatureProvided'], /^[0-9a-f]{64}$/)
    t.match(
      details['CanonicalRequest'], /^GET\n\/media\/a\n.*torrent=.*\naccept-encoding:gzip\nhost:torrent\.example\.net\n/
    )
    t.match(
      details['StringToSign'], /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/
    )
    const { 'accept-encoding': _, ...without } = sent.headers
    t.match(
      (await mismatch(t, { ...sent, headers: without })).message,
      /method\. Signed headers that did not arrive.*: accept-encoding\.$/
    )
  }
})

t.test('and of version 2', async (t) => {
  const sent = v2Header({ host: HOST, path: PATH, headers: { 'x-amz-meta-a': 'b' } })
  const { details } = await mismatch(t, { ...sent, target: '/media/other' })
  t.match(details['StringToSign'], /^GET\n\n\n.* GMT\nx-amz-meta-a:b\n\/media\/other$/)
  t.match(details['SignatureProvided'], /^[A-Za-z0-9+/]{27}=$/)
  t.notOk('CanonicalRequest' in details)
})

t.test('SignedHeaders that nobody signs so are named', async (t) => {
  const sent = await SIGNINGS['V4 header']({ host: HOST, path: PATH })
  const authorization = String(sent.headers['authorization']).replace(
    'SignedHeaders=host;', 'SignedHeaders=x-amz-date;host;'
  )
  t.match(
    (await mismatch(t, { ...sent, headers: { ...sent.headers, authorization } })).message,
    /SignedHeaders are lower-case names in alphabetical order/
  )
})

t.test('no secret that came along is told', async (t) => {
  const SECRETS = {
    'x-amz-security-token': 'sec&ret<1',
    cookie: 'sec=ret2',
    'x-amz-server-side-encryption-customer-key': 'secret3',
    'proxy-authorization': 'secret4'
  }
  for (const [name, value] of Object.entries(SECRETS)) {
    for (const sign of [SIGNINGS['V4 header'], async (ask: Ask) => v2Header(ask)]) {
      const sent = await sign({ host: HOST, path: PATH, headers: { [name]: value } })
      const { details } = await mismatch(t, { ...sent, target: sent.target.replace('/media/a', '/media/b') })
      t.notMatch(JSON.stringify(details), /sec&?=?ret/, name)
      if (name.startsWith('x-amz-')) t.match(`${details['StringToSign']} ${details['CanonicalRequest']}`, `${name}:***`)
    }
  }
  const presigned = await SIGNINGS['V4 presigned']({
    host: HOST, path: PATH, keyPair: { ...ALICE, sessionToken: 'sec/ret&' }
  })
  const { details } = await mismatch(t, { ...presigned, target: presigned.target.replace('/media/a', '/media/b') })
  t.match(details['CanonicalRequest'], /&X-Amz-Security-Token=\*\*\*&/)
})

t.test('each element is some kilobytes at the most, whatever came', async (t) => {
  const sent = await SIGNINGS['V4 header']({ host: HOST, path: PATH })
  for (const unit of ['&', '<', '\'', '"', 'a', '\u20AC', '\u{1F600}', '\u0001']) {
    const long = unit.repeat(15_000 / unit.length)
    const VARIANTS = [
      { ...sent, headers: { ...sent.headers, authorization: `${String(sent.headers['authorization'])}${long}` } },
      { ...sent, target: `${sent.target}&a=${encodeURIComponent(long)}` },
      await SIGNINGS['V4 header']({ host: HOST, path: PATH, headers: { b: long } }).then((sent) => ({
        ...sent, target: '/media/b?torrent'
      })),
      { ...v2Header({ host: HOST, path: PATH, headers: { 'x-amz-meta-a': long } }), target: '/media/b' }
    ]
    for (const [i, variant] of VARIANTS.entries()) {
      const xml = errorXml(await mismatch(t, variant), { resource: '', requestId: '', hostId: '' })
      t.ok(
        Buffer.byteLength(xml) < 3 * 4_200 + 1_000, `${Buffer.byteLength(xml)} bytes for ${JSON.stringify(unit)}, ${i}`
      )
    }
  }
})
