import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import type { RequestToSign } from '../support/botocore.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import { CAROLS_TOKEN, CREDENTIALS, alice, carol, mallory, nobody } from '../support/signing-tests.js'

// S83: whatever a client sends, and wherever, no secret and no signature comes out of the process, at log level debug.

const OWN = { accessKeyId: 'OWNACCESSKEY00000001', secretAccessKey: 'own/secret+key00000000000000000000000000' }
const KEY_PAIRS = [alice, carol, mallory, nobody, OWN]
const SCHEMES = ['v4', 'v4-presign', 'v2', 'v2-presign'] as const

const origin = await startFaultyOrigin(t)
origin.put('bkt', 'key', { body: contentAt(1, 0, 10_000), public: true })
origin.put('bkt', 'fails', { body: contentAt(1, 0, 10_000), faults: { statusBurst: { status: 500, count: 1e9 } } })
origin.put('bkt', 'cut', { body: contentAt(1, 0, 10_000), faults: { cutAfter: 10 } })

t.jobs = 2
for (const format of ['json', 'pretty']) {
  t.test(`S83: no secret is logged, wherever it is sent: ${format}`, async (t) => {
    if (!need(t, 'python-boto3')) return
    await assertSilent(t, format)
  })
}

async function assertSilent (t: Test, format: string): Promise<void> {
  const credentials = join(t.testdir({ credentials: CREDENTIALS }), 'credentials')
  const server = await startServer(t, {
    args: [
      '--origin', origin.endpoint, '--credentials-file', credentials, '--log-level', 'debug', '--log-format', format
    ],
    env: {
      AWS_ACCESS_KEY_ID: OWN.accessKeyId,
      AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey,
      AWS_SESSION_TOKEN: 'own/session+token=='
    }
  })
  // What was sent where.
  const secrets = new Map<string, string>([
    ...KEY_PAIRS.map(({ accessKeyId, secretAccessKey }) => [secretAccessKey, accessKeyId] as const),
    [CAROLS_TOKEN, 'a session token'],
    ['own/session+token==', 'our own']
  ])
  const secret = (place: string): string => {
    const made = createHash('sha256').update(place).digest('hex')
    secrets.set(made, place)
    return made
  }
  const ids: string[] = []
  const waiting: Array<() => Promise<string | undefined>> = []
  const send = (target: string, headers: Record<string, string> = {}, method = 'GET'): void => {
    waiting.push(async () => [
      (await httpGet(target.startsWith('http') ? target : server.url + target, {
        method, headers
      })).headers['x-amz-request-id']
    ].flat()[0])
  }
  const raw = (text: string): void => {
    waiting.push(
      async () => (await rawRequest(server.port, text, { timeoutMs: 2_000 })).headers['x-amz-request-id']?.[0]
    )
  }
  const sendAll = async (): Promise<void> => {
    await Promise.all(Array.from({ length: 32 }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const id = await next()
        if (id !== undefined) ids.push(id)
      }
    }))
  }

  const on = (path: string) => `${server.url}/bkt/${path}`
  const signed = signWithBotocore([
    ...SCHEMES.flatMap((scheme) => ['key', 'key?torrent', 'missing?torrent', 'key?acl'].map((path) => ({
      scheme, url: on(path), ...alice
    }))),
    ...SCHEMES.flatMap((scheme): RequestToSign[] => [
      { scheme, url: on('key?torrent'), ...mallory },
      { scheme, url: on('key?torrent'), ...nobody },
      { scheme, url: on('key?torrent'), ...alice, date: '2026-01-01T00:00:00', expires: 60 },
      { scheme, url: on('key?torrent'), ...alice, region: 'eu-west-1' },
      { scheme, url: on('key?torrent'), ...OWN },
      {
        scheme,
        url: on(
          `key?torrent${scheme.endsWith('presign') ? `&x-amz-security-token=${encodeURIComponent(CAROLS_TOKEN)}` : ''}`
        ),
        ...carol,
        ...(!scheme.endsWith('presign') && { headers: { 'x-amz-security-token': CAROLS_TOKEN } })
      }
    ])
  ])
  const failing = signWithBotocore(
    SCHEMES.flatMap((scheme) => ['fails?torrent', 'cut'].map((path) => ({ scheme, url: on(path), ...alice })))
  )
  for (const { url, headers } of failing) send(url, headers)
  for (const { url, headers } of [...signed, ...failing]) {
    for (const [, signature = ''] of [...Object.values(headers), url].join('\n').matchAll(
      /(?:[Ss]ignature=|^AWS [^:\n]+:)([^&\s,]+)/gm
    )) {
      secrets.set(decodeURIComponent(signature), 'a signature')
    }
  }
  for (const { url, headers } of signed) {
    send(url, headers)
    send(url, headers, 'HEAD')
    send(url, headers, 'DELETE')
    send(url.replace('/bkt/', '/-/seed/IngI/bkt/'), headers)
    send(url.replace('/bkt/', '/bkt/%zz'), headers)
    send('/bkt/key', {
      referer: url,
      origin: url,
      cookie: url,
      'user-agent': url,
      'x-forwarded-for': url,
      'if-match': url,
      range: url,
      'accept-language': url
    })
    // A URL that was pasted into another, once and twice.
    send(`/bkt/${encodeURIComponent(url)}`)
    send(`/bkt/${encodeURIComponent(encodeURIComponent(url))}`)
    send(`/bkt/${url.replace('?', '%3F')}`)
    send(`/bkt/key?versionId=${encodeURIComponent(url)}`)
    send(`/bkt/key?versionId=${encodeURIComponent(encodeURIComponent(url))}`)
  }

  const NAMES = [
    'X-Amz-Signature',
    'x-amz-signature',
    'X%2DAmz%2DSignature',
    'Signature',
    'signature',
    'X-Amz-Security-Token',
    'x-amz-security-token',
    'X-AMZ-SECURITY-TOKEN',
    'x-amz-server-side-encryption-customer-key',
    'X-Amz-Server-Side-Encryption-Customer-Key-MD5',
    'AWSSecretKey',
    'password'
  ]
  for (const name of NAMES) {
    const pair = (place: string, separator = '=') => `${name}${separator}${secret(`${name} ${place}`)}`
    for (const target of [
      `/bkt/key?${pair('alone')}`, `/bkt/key?torrent&${pair('after torrent')}`,
      `/bkt/key?${pair('twice')}&${pair('the second')}`,
      `/bkt/key?torrent&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/d/e&${pair('presigned')}`,
      `/bkt/key?AWSAccessKeyId=${alice.accessKeyId}&Expires=9999999999&${pair('v2')}`,
      `/bkt/key?torrent;${pair('after a semicolon')}`, `/bkt/key%3F${pair('in the key')}`,
      `/bkt/key%3F${pair('in the key, escaped', '%3D')}`,
      `/bkt/key%253F${pair('in the key, escaped twice', '%253D')}`, `/bkt/key&${pair('without ?')}`,
      `/-/seed/IngI/bkt/key?${pair('to the web seed')}`, `/-/seed/IngI/bkt/key%3F${pair("in the web seed's key")}`,
      `/-/${pair('own')}?${pair('own')}`,
      `/bkt?location&${pair('of the bucket')}`, `/?${pair('of the service')}`, `/${pair('as the bucket')}/key`,
      `/bkt/key?versionId=${pair('in a version')}`, `/bkt/key?response-content-type=${pair('in an override')}`,
      `/bkt/key?torrent#${pair('in a fragment')}`
    ]) send(target)
    send('/bkt/key?torrent', { [decodeURIComponent(name)]: secret(`${name} as a header`) })
  }

  const basic = Buffer.from(`${alice.accessKeyId}:${alice.secretAccessKey}`).toString('base64')
  secrets.set(basic, 'Basic')
  const AUTHORIZATIONS = [`Basic ${basic}`, `Bearer ${secret('Bearer')}`, secret(
    'no scheme'
  ), `AWS ${alice.accessKeyId}:${secret('v2')}`, `AWS ${secret('v2 without a colon')}`, 'AWS4-HMAC-SHA256 ' +
    `Credential=${alice.accessKeyId}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${secret('v4')}`,
    `AWS4-HMAC-SHA256 ${secret('v4, malformed')}`, `AWS4-HMAC-SHA1 Signature=${secret('v4 of another algorithm')}`,
    `AWS4-HMAC-SHA256 Credential=${secret('a secret as the access key id')}/20260101/us-east-1/s3/aws4_request, ` +
    'SignedHeaders=host, Signature=00']
  const MALFORMED = [
    'X-A: b', 'X-A : b', `X-A: ${'a'.repeat(20_000)}`, 'Host: another', 'Transfer-Encoding: chunked, identity',
    'X-A: b\0', 'Content-Length: x'
  ]
  for (const authorization of AUTHORIZATIONS) {
    send('/bkt/key?torrent', { authorization })
    send('/bkt/key?torrent', { 'proxy-authorization': authorization })
    for (const line of MALFORMED) {
      const query = `X-Amz-Signature=${secret(`${authorization} ${line}`)}`
      for (const target of [
        `/bkt/key?${query}`,
        `http://${alice.accessKeyId}:${secret('user info')}@x/bkt/key?${query}`,
        `/bkt/key?${query} HTTP/1.1 `,
        `/bkt/key?${query}\x01`
      ]) {
        raw(
          `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
          `x-amz-security-token: ${secret('token of what is malformed')}\r\n${line}\r\nConnection: close\r\n\r\n`
        )
      }
    }
  }
  raw(
    'POST /bkt HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\nConnection: close\r\n\r\n' +
    `x-amz-signature=${secret('a form')}${' '.repeat(10)}`
  )
  raw(`GET /bkt/key HTTP/1.1\r\nHost: ${secret('Host')}.example\r\nConnection: close\r\n\r\n`)

  await sendAll()
  const [first] = signed
  for (const text of [
    `[broken]\naws_access_key_id = AKIABROKEN\n[alice]\naws_secret_access_key = ${alice.secretAccessKey}\n`,
    alice.secretAccessKey,
    `[p]\naws_access_key_id = a/b\naws_secret_access_key = ${secret('a profile with a slash')}\n`
  ]) {
    writeFileSync(credentials, text)
    send(first?.url ?? '', first?.headers ?? {})
    await sendAll()
  }
  const { code } = await server.stop()
  t.equal(code, 0)

  const log = server.stdout() + server.stderr()
  t.ok(ids.length > 900, `${ids.length} answers`)
  t.same(ids.filter((id) => !log.includes(id)), [], 'every one is in the log')
  for (const { headers: { authorization = '', 'x-amz-security-token': token } } of origin.requests) {
    const [, signature] = /Signature=(\w+)/.exec(authorization) ?? []
    if (signature !== undefined) secrets.set(signature, 'a signature to the origin')
    if (typeof token === 'string') secrets.set(token, 'a token to the origin')
  }
  t.ok(secrets.size > 400, `${secrets.size} secrets`)
  const spellings = (text: string): string[] => [
    text,
    encodeURIComponent(text),
    encodeURIComponent(encodeURIComponent(text)),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1)
  ]
  t.same(
    [...secrets].filter(([text]) => spellings(text).some((spelling) => log.includes(spelling))).map(
      ([text, place]) => `${place}: ${text}`
    ),
    [],
    'none of them is'
  )
}
