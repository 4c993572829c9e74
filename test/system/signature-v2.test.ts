import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import type { RequestToSign } from '../support/botocore.js'
import { awsEnv } from '../support/clean-env.js'
import { runClient } from '../support/clients.js'
import type { KeyPair } from '../support/key-pair.js'
import { need, programPath } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import type { RawResponse } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import {
  CAROLS_TOKEN, CREDENTIALS, alice, assertRefusal, carol, element, mallory, nobody
} from '../support/signing-tests.js'

const MINUTE = 60_000

const DOMAIN = 's3.example.net'

// The same objects twice: readable with credentials only, and by everybody, where a refusal must not become an
// anonymous answer.
const root = t.testdir({ buckets: {} })
for (const bucket of ['bkt', 'open']) {
  for (const key of ['key', 'other', 'dir/a', 'a b+ü']) {
    const file = join(root, 'buckets', bucket, key)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${key}\n`)
  }
}
const PRIVATE = '/bkt/key'
const PUBLIC = '/open/key'
const BOTH = [PRIVATE, PUBLIC]

writeFileSync(join(root, 'credentials'), CREDENTIALS)
const ARGS = [
  '--origin', join(root, 'buckets'), '--credentials-file', join(root, 'credentials'), '--anonymous', 'deny', '--public',
  'open', '--domain', DOMAIN, '--log-level', 'warn'
]
const on = await startServer(t, { args: ARGS })
const off = await startServer(t, { args: [...ARGS, '--signature-v2', 'off'] })
const HOST = `127.0.0.1:${on.port}`

type Line = [name: string, value: string]

/** A request as it goes out: nothing is added but Host, where there is none, and `Connection: close`. */
interface Sent {
  method: string
  target: string
  headers: Line[]
}

interface Ask {
  method?: string
  target?: string
  /** All that is signed; Date now by default. */
  headers?: Line[]
  keyPair?: KeyPair
  /** CanonicalizedResource; by default `target`, which then has nothing in its query but sub-resources. */
  resource?: string
  /** Presigned: instead of the Date. */
  expires?: string
}

function signatureOf ({
  method = 'GET', target = PRIVATE, headers = [], keyPair = alice, resource = target, expires
}: Ask): string {
  const value = (name: string): string => headers.find((line) => line[0].toLowerCase() === name)?.[1] ?? ''
  const amz = headers.map(([name, value]) => `${name.toLowerCase()}:${value}`).filter(
    (line) => line.startsWith('x-amz-')
  ).sort()
  const date = expires ?? (value('x-amz-date') === '' ? value('date') : '')
  return createHmac('sha1', keyPair.secretAccessKey).update(
    [method, value('content-md5'), value('content-type'), date, ...amz, resource].join('\n')
  ).digest('base64')
}

/** Signs also what no client would. A test below holds both against botocore. */
function sign (ask: Ask = {}): Sent {
  const { method = 'GET', target = PRIVATE, headers = [['Date', new Date().toUTCString()]], keyPair = alice } = ask
  return {
    method,
    target,
    headers: [...headers, ['Authorization', `AWS ${keyPair.accessKeyId}:${signatureOf({ ...ask, headers })}`]]
  }
}

function presign (ask: Ask = {}): Sent {
  const {
    method = 'GET', target = PRIVATE, headers = [], keyPair = alice, expires = String(
      Math.floor(Date.now() / 1000) + 3600
    )
  } = ask
  const parameters = {
    AWSAccessKeyId: keyPair.accessKeyId, Signature: signatureOf({ ...ask, expires }), Expires: expires
  }
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return { method, target: `${target}${target.includes('?') ? '&' : '?'}${query}`, headers }
}

/** botocore's, in one process for all. Their targets are paths, with a query. */
function byBotocore (scheme: 'v2' | 'v2-presign', asks: Array<Partial<RequestToSign> & { target: string }>): Sent[] {
  return signWithBotocore(asks.map(({ target, ...ask }) => ({ scheme, ...alice, ...ask, url: on.url + target }))).map((
    { url, headers }, i
  ) => ({
    // A presigner has moved the x-amz-* headers into the query.
    method: asks[i]?.method ?? 'GET',
    target: url.slice(on.url.length),
    headers: scheme === 'v2'
      ? Object.entries(headers)
      : []
  }))
}

function requeried (sent: Sent, edit: (parameters: string[]) => string[]): Sent {
  const [path = '', query = ''] = sent.target.split('?')
  return { ...sent, target: `${path}?${edit(query.split('&')).join('&')}` }
}

function withHeader (sent: Sent, edit: (line: Line) => Line[]): Sent {
  return { ...sent, headers: sent.headers.flatMap(edit) }
}

function withAuthorization (sent: Sent, edit: (authorization: string) => string): Sent {
  return withHeader(sent, ([name, value]) => [[name, name === 'Authorization' ? edit(value) : value]])
}

/** With another signature, of the same shape. */
function spoiled (sent: Sent): Sent {
  const spoil = (text: string): string => text.replace(/^./, (character) => character === 'A' ? 'B' : 'A')
  return {
    ...withAuthorization(sent, (value) => value.replace(/(?<=:).*/, spoil)),
    target: sent.target.replace(
      /(?<=[?&]Signature=)[^&]+/, (value) => encodeURIComponent(spoil(decodeURIComponent(value)))
    )
  }
}

async function send ({ method, target, headers }: Sent, port = on.port): Promise<RawResponse> {
  const hosted = headers.some(([name]) => name === 'Host')
    ? headers
    : [
        ['Host', `127.0.0.1:${port}`] as Line, ...headers
      ]
  return rawRequest(
    port,
    [`${method} ${target} HTTP/1.1`, ...hosted.map((line) => line.join(': ')), 'Connection: close', '', ''].join('\r\n')
  )
}

async function admitted (t: Test, sent: Sent, what: string, content = 'key\n', port = on.port): Promise<RawResponse> {
  const response = await send(sent, port)
  const torrent = /[?&]torrent(=?)(&|$)/.test(sent.target)
  t.strictSame(
    [response.status, response.headers['content-type']],
    [200, [torrent ? 'application/x-bittorrent' : 'binary/octet-stream']],
    what
  )
  if (sent.method === 'HEAD') t.equal(response.body.length, 0, what)
  else if (torrent) t.match(response.body.toString('latin1'), /^d.*4:infod6:length/s, what)
  else t.equal(response.body.toString(), content, what)
  return response
}

async function refused (t: Test, sent: Sent, expected: string, what: string, port = on.port): Promise<RawResponse> {
  const response = await send(sent, port)
  assertRefusal(t, sent, response, expected, what)
  return response
}

const WRONG = '403 SignatureDoesNotMatch'
const isNow = (text: string | undefined): boolean => Math.abs(Date.parse(text ?? '') - Date.now()) < MINUTE

t.test("this file's own signer signs as botocore", async (t) => {
  if (!need(t, 'python-boto3')) return
  const date = '2026-03-04T05:06:07Z'
  const seconds = Date.parse(date) / 1000
  const headers: Line[] = [
    ['Date', new Date(date).toUTCString()], ['Content-Type', 'text/plain'], ['X-Amz-Meta-B', '2'], ['X-Amz-Meta-A', '1']
  ]
  const [header] = byBotocore(
    'v2', [{ target: `${PRIVATE}?torrent`, date, headers: Object.fromEntries(headers.slice(1)) }]
  ) as [Sent]
  t.strictSame(
    header.headers.find(([name]) => name === 'Authorization'),
    sign({ target: `${PRIVATE}?torrent`, headers }).headers.at(-1)
  )
  const [query] = byBotocore('v2-presign', [{ target: `${PRIVATE}?torrent`, date, expires: 60 }]) as [Sent]
  t.strictSame(new URLSearchParams(query.target.split('?')[1]), new URLSearchParams(
    presign({ target: `${PRIVATE}?torrent`, expires: String(seconds + 60) }).target.split('?')[1]
  ))
})

t.test('Authorization: AWS …, as botocore signs', async (t) => {
  if (!need(t, 'python-boto3')) return
  const ASKS = BOTH.flatMap((path): Array<Partial<RequestToSign> & { target: string, content?: string }> => [
    { target: path }, { target: path, method: 'HEAD' }, { target: `${path}?torrent` }, { target: `${path}?torrent=` }, {
      target: `${path}?torrent`, method: 'HEAD'
    },
    { target: path.replace('key', 'a%20b%2B%C3%BC'), content: 'a b+ü\n' }, {
      target: path.replace('key', 'dir/a'), content: 'dir/a\n'
    },
    { target: path, headers: { 'Content-Type': 'text/plain' } }, {
      target: path, headers: { 'x-amz-request-payer': ' requester ', 'X-Amz-Meta-B': '2', 'x-amz-meta-a': '1' }
    },
    { target: `${path}?x-id=GetObject&other=1` }, { target: `${path}?versionId=null` }, {
      target: `${path}?torrent&x-id=GetObjectTorrent`
    },
    { target: path, ...carol, headers: { 'x-amz-security-token': CAROLS_TOKEN } }
  ])
  for (const [i, sent] of byBotocore('v2', ASKS.map(({ content, ...ask }) => ask)).entries()) {
    const what = `${sent.method} ${sent.target} ${Object.keys(ASKS[i]?.headers ?? {}).join(', ')}`
    await admitted(t, sent, what, ASKS[i]?.content)
    await refused(t, spoiled(sent), sent.method === 'HEAD' ? '403' : WRONG, `${what}, spoiled`)
  }
})

t.test('presigned, as botocore signs', async (t) => {
  if (!need(t, 'python-boto3')) return
  const SPELLINGS: Array<[what: string, edit: (parameters: string[]) => string[]]> = [
    ['as it was made', (parameters) => parameters],
    ['backwards', (parameters) => [...parameters].reverse()],
    ['lower-case escapes', (parameters) => parameters.map(
      (pair) => pair.replace(/%../g, (escape) => escape.toLowerCase())
    )],
    ['escaping no more than it must', (parameters) => parameters.map(
      (pair) => pair.replaceAll('%3D', '=').replaceAll('%2F', '/')
    )],
    ['with parameters that nobody signs', (parameters) => [...parameters, 'utm=1']]
  ]
  const ASKS = BOTH.flatMap((path): Array<Partial<RequestToSign> & { target: string, content?: string }> => [
    { target: path }, { target: path, method: 'HEAD' }, { target: `${path}?torrent` }, { target: `${path}?torrent=` }, {
      target: `${path}?torrent`, method: 'HEAD'
    },
    { target: path.replace('key', 'a%20b%2B%C3%BC'), content: 'a b+ü\n' }, {
      target: `${path}?torrent`, headers: { 'x-amz-request-payer': 'requester' }
    },
    { target: `${path}?versionId=null` }, {
      target: `${path}?torrent`, ...carol, headers: { 'x-amz-security-token': CAROLS_TOKEN }
    }, {
      target: `${path}?torrent`, expires: 315360000
    }
  ])
  for (const [i, sent] of byBotocore('v2-presign', ASKS.map(({ content, ...ask }) => ask)).entries()) {
    for (const [what, edit] of SPELLINGS) {
      const spelt = requeried(sent, edit)
      await admitted(t, spelt, `${sent.method} ${sent.target}, ${what}`, ASKS[i]?.content)
      await refused(
        t, spoiled(spelt), sent.method === 'HEAD' ? '403' : WRONG, `${sent.method} ${sent.target}, ${what}, spoiled`
      )
    }
  }
})

t.test("boto3's own generate_presigned_url('get_object_torrent') is Signature Version 2, and is answered",
  async (t) => {
    if (!need(t, 'python-boto3')) return
    const script = [
      'import boto3, sys',
      "client = boto3.client('s3', endpoint_url=sys.argv[1])",
      "print(client.generate_presigned_url('get_object_torrent', Params={'Bucket': 'bkt', 'Key': 'key'}))"
    ].join('\n')
    const { stdout, output } = await runClient(programPath('python-boto3'), ['-W', 'ignore', '-c', script, on.url], {
      seconds: 30, env: awsEnv(alice)
    })
    const sent: Sent = { method: 'GET', target: stdout.trim().slice(on.url.length), headers: [] }
    t.match(sent.target, /^\/bkt\/key\?torrent.*&Signature=/, output)
    await admitted(t, sent, 'boto3')
    await refused(t, spoiled(sent), WRONG, 'spoiled')
    await refused(
      t, requeried(sent, (pairs) => pairs.filter((pair) => !pair.startsWith('torrent'))), WRONG, 'without ?torrent'
    )
  })

t.test('botocore up to 1.29 signs ?torrent?torrent, and sends one', async (t) => {
  for (const path of BOTH) {
    const doubled = `${path}?torrent?torrent`
    for (const target of [`${path}?torrent`, `${path}?torrent=`]) {
      await admitted(t, presign({ target, resource: doubled }), `${target}, presigned`)
      await admitted(t, sign({ target, resource: doubled }), `${target}, in the header`)
      await refused(
        t, presign({ target, resource: doubled, keyPair: mallory }), WRONG, `${target}, with a wrong secret`
      )
      await refused(t, presign({ target, resource: `${doubled}?torrent` }), WRONG, `${target}, three times`)
    }
    const presigned = presign({ target: `${path}?torrent`, resource: doubled })
    await refused(
      t, requeried(presigned, (pairs) => pairs.filter((pair) => pair !== 'torrent')), WRONG, `${path}: torrent removed`
    )
    await refused(t, { ...presigned, target: presigned.target.replace('key', 'other') }, WRONG, `${path}: another key`)
    await refused(t, requeried(presigned, (pairs) => [...pairs, 'versionId=null']), WRONG, `${path}: a version added`)
  }
  if (!need(t, 'python-boto3')) return
  const [botocores] = byBotocore(
    'v2-presign', [{ target: `${PRIVATE}?torrent`, authPath: `${PRIVATE}?torrent` }]
  ) as [Sent]
  await admitted(t, botocores, "botocore's")
})

t.test('?torrent and ?torrent= are one, ?torrent=1 is another', async (t) => {
  for (const path of BOTH) {
    for (const resource of [`${path}?torrent`, `${path}?torrent=`]) {
      const [presigned, header] = [
        presign({ target: `${path}?torrent`, resource }), sign({ target: `${path}?torrent`, resource })
      ]
      await admitted(
        t, { ...presigned, target: presigned.target.replace('?torrent', '?torrent=') }, `${resource}, sent as ?torrent=`
      )
      await admitted(t, { ...header, target: `${path}?torrent=` }, `${resource}, sent as ?torrent=, in the header`)
      await refused(
        t,
        { ...presigned, target: presigned.target.replace('?torrent', '?torrent=1') },
        WRONG,
        `${resource}, sent as ?torrent=1`
      )
      await refused(
        t, { ...header, target: `${path}?torrent=1` }, WRONG, `${resource}, sent as ?torrent=1, in the header`
      )
    }
    await admitted(t, presign({ target: `${path}?torrent` }), `${path}?torrent as it was signed`)
    await refused(t, presign({ target: `${path}?torrent=`, resource: path }), WRONG, `${path}?torrent=, not signed`)
  }
})

t.test('S10, S11: unknown access key ids, wrong secrets and wrong signatures', async (t) => {
  for (const target of BOTH) {
    for (const signer of [sign, presign]) {
      const how = `${target}, ${signer.name}`
      await refused(t, signer({ target, keyPair: nobody }), '403 InvalidAccessKeyId', `${how}: unknown`)
      await refused(
        t, spoiled(signer({ target, keyPair: nobody })), '403 InvalidAccessKeyId', `${how}: unknown and spoiled`
      )
      const wrong = await refused(t, signer({ target, keyPair: mallory }), WRONG, `${how}: a wrong secret`)
      t.equal(element(wrong, 'AWSAccessKeyId'), alice.accessKeyId)
      t.notMatch(wrong.body.toString(), signatureOf({ target }), 'the right signature is not told')
      await refused(t, signer({ target, keyPair: { ...alice, secretAccessKey: '' } }), WRONG, `${how}: no secret`)
      await refused(t, spoiled(signer({ target })), WRONG, `${how}: spoiled`)
      await admitted(t, signer({ target }), how)
    }
    const sent = sign({ target })
    for (const signature of ['0', '=', 'ü', 'A'.repeat(28), `${signatureOf({ target })}=`, 'A'.repeat(4000)]) {
      await refused(
        t,
        withAuthorization(sent, (value) => value.replace(/:.*/, `:${signature}`)),
        WRONG,
        `${target}: ${signature.slice(0, 40)}`
      )
      await refused(t, requeried(presign({ target }), (pairs) => pairs.map((pair) => pair.startsWith('Signature=')
        ? `Signature=${encodeURIComponent(signature)}`
        : pair)), WRONG, `${target}: ${signature.slice(0, 40)}, presigned`)
    }
  }
})

t.test('S2: malformed Authorization: AWS …', async (t) => {
  for (const target of BOTH) {
    for (const value of [
      'AWS', 'AWS ', `AWS ${alice.accessKeyId}`, `AWS ${alice.accessKeyId}:`, 'AWS :signature', 'AWS :', 'AWS a b:c',
      'aws a:b', 'AWS\ta:b', `AWS2 ${alice.accessKeyId}:x`
    ]) {
      const response = await refused(
        t, withAuthorization(sign({ target }), () => value), '400 InvalidArgument', `${target}: "${value}"`
      )
      t.equal(element(response, 'ArgumentName'), 'Authorization')
    }
    await refused(
      t,
      withAuthorization(sign({ target }), () => `AWS ${alice.accessKeyId}:a:b`),
      '403 InvalidAccessKeyId',
      `${target}: the last colon ends the id`
    )
    await admitted(
      t, withAuthorization(sign({ target }), (value) => value.replace(' ', '   ')), `${target}: more spaces`
    )
  }
})

t.test('the resource and its sub-resources are signed', async (t) => {
  for (const path of BOTH) {
    for (const target of [path, `${path}?torrent`, `${path}?versionId=null`]) {
      for (const signer of [sign, presign]) {
        const sent = signer({ target })
        const how = `${target}, ${signer.name}`
        await admitted(t, sent, how)
        for (const other of [
          path.replace('key', 'other'), `${path}/`, path.replace('/key', '//key'), path.replace('key', 'dir/../key'),
          path.replace('key', '%6bey'), path === PUBLIC ? PRIVATE : PUBLIC
        ]) {
          await refused(t, { ...sent, target: sent.target.replace(path, other) }, WRONG, `${how}, sent as ${other}`)
        }
        const add = (parameter: string): Sent => ({
          ...sent, target: `${sent.target}${sent.target.includes('?') ? '&' : '?'}${parameter}`
        })
        if (!target.includes('torrent')) await refused(t, add('torrent'), WRONG, `${how}, torrent added`)
        if (!target.includes('versionId')) await refused(t, add('versionId=null'), WRONG, `${how}, versionId added`)
        for (const parameter of [
          'versionId=other', 'response-content-type=text%2Fhtml', 'response-content-disposition=x',
          'response-cache-control=x', 'response-expires=x'
        ]) {
          await refused(t, add(parameter), WRONG, `${how}, ${parameter} added`)
        }
        if (target.includes('torrent')) await refused(t, add('torrent'), WRONG, `${how}, torrent twice`)
        if (target !== path) {
          await refused(
            t,
            { ...sent, target: sent.target.replace(/\?(torrent|versionId=null)&?/, '?').replace(/\?$/, '') },
            WRONG,
            `${how}, it removed`
          )
        }
        await refused(t, { ...sent, method: 'HEAD' }, '403', `${how}, as HEAD`)
      }
    }
    const conflict = await refused(
      t, presign({ target: `${path}?acl&torrent` }), '400 InvalidArgument', `${path}: two sub-resources`
    )
    t.equal(element(conflict, 'Message'), 'Conflicting query string parameters: acl, torrent')
    await admitted(
      t,
      { ...sign({ target: path }), target: `${path}?other=1` },
      `${path}: a parameter that names nothing is not signed`
    )
  }
})

t.test('S36: signed for HEAD, used for GET', async (t) => {
  for (const target of [...BOTH, ...BOTH.map((path) => `${path}?torrent`)]) {
    for (const signer of [sign, presign]) {
      const head = signer({ target, method: 'HEAD' })
      await admitted(t, head, `${target}, ${signer.name}: HEAD`)
      await refused(t, { ...head, method: 'GET' }, WRONG, `${target}, ${signer.name}: GET`)
    }
  }
})

t.test('S38: response-… that is signed is obeyed, and splits no header', async (t) => {
  for (const path of BOTH) {
    for (const [name, value] of [
      ['response-content-type', 'text/plain; charset=utf-8'],
      ['response-content-disposition', 'attachment; filename="a b.bin"']
    ] as const) {
      for (const signer of [sign, presign]) {
        const response = await send(signer({
          target: `${path}?${name}=${encodeURIComponent(value)}`, resource: `${path}?${name}=${value}`
        }))
        t.strictSame(
          [response.status, response.headers[name.slice('response-'.length)], response.body.toString()],
          [200, [value], 'key\n'],
          `${path}, ${signer.name}: ${name}`
        )
        const split = `${value}\r\nX-Injected: 1`
        const spliced = await refused(
          t,
          signer({ target: `${path}?${name}=${encodeURIComponent(split)}`, resource: `${path}?${name}=${split}` }),
          '400 InvalidArgument',
          `${path}, ${signer.name}: ${name} with a line break`
        )
        t.equal(spliced.headers['x-injected'], undefined)
      }
    }
  }
})

t.test('a value is not taken for another parameter, nor two parameters for one value', async (t) => {
  for (const path of BOTH) {
    for (const signer of [sign, presign]) {
      for (const [name, value] of [
        ['response-content-disposition', 'attachment&versionId=null'],
        ['response-content-disposition', 'attachment&torrent'],
        ['response-cache-control', 'x&response-content-type=text/html'], ['versionId', 'null&versionId='],
        ['response-content-type', 'a&b&&website&c']
      ] as const) {
        const sent = signer({
          target: `${path}?${name}=${encodeURIComponent(value)}`, resource: `${path}?${name}=${value}`
        })
        const response = await refused(t, sent, '400 InvalidArgument', `${path}, ${signer.name}: ${name}=${value}`)
        t.equal(element(response, 'ArgumentName'), name)
      }
      for (const value of [
        'attachment; filename="a & b.txt"', 'attachment; filename="R&D, Q&A=1.txt"', 'attachment; filename="x&torrent"',
        '&', '&&=', 'a&Torrent', 'a=torrent', 'a&utm=1'
      ]) {
        const response = await send(signer({
          target: `${path}?response-content-disposition=${encodeURIComponent(value)}`,
          resource: `${path}?response-content-disposition=${value}`
        }))
        t.strictSame(
          [response.status, response.headers['content-disposition']],
          [200, [value]],
          `${path}, ${signer.name}: ${value}`
        )
      }
      await admitted(
        t,
        signer({ target: `${path}?response-content-disposition=x&versionId=null` }),
        `${path}, ${signer.name}: two of their own`
      )
    }
  }
})

t.test('presigned: an x-amz-… value is not taken for another header, nor a name for a value', async (t) => {
  for (const path of BOTH) {
    const owned: Line[] = [['x-amz-a', '1'], ['x-amz-expected-bucket-owner', '123']]
    const signed = presign({ target: path, headers: owned })
    const moved = (query: string): Sent => ({ method: 'GET', target: `${signed.target}&${query}`, headers: [] })
    await refused(
      t, moved('x-amz-a=1&x-amz-expected-bucket-owner=123'), '403 AccessDenied', `${path}: of another owner`
    )
    for (const query of [
      'x-amz-a=1%0Ax-amz-expected-bucket-owner:123',
      'X-Amz-A=1%0ax-amz-expected-bucket-owner%3A123',
      'x-amz-a%3A1%0Ax-amz-expected-bucket-owner=123'
    ]) {
      await refused(t, moved(query), '400 InvalidArgument', `${path}: ${query}`)
    }
    await refused(t, {
      ...presign({ target: path, headers: [['x-amz-a', 'b:c']] }),
      target: `${presign({ target: path, headers: [['x-amz-a', 'b:c']] }).target}&x-amz-a%3Ab=c`,
      headers: []
    }, '400 InvalidArgument', `${path}: a colon in a name`)
  }
})

t.test('magnet is not signed: whoever may have the torrent may have its link, which says no more', async (t) => {
  for (const signer of [sign, presign]) {
    const sent = signer({ target: `${PRIVATE}?torrent` })
    const torrent = await admitted(t, sent, signer.name)
    const { status, body } = await send({ ...sent, target: `${sent.target}&magnet` })
    const info = /4:info(d.*e)e$/s.exec(torrent.body.toString('latin1'))?.[1] ?? ''
    t.strictSame(
      [status, body.toString()],
      [200, `magnet:?xt=urn:btih:${createHash('sha1').update(info, 'latin1').digest('hex')}&dn=key&xl=4`]
    )
    const plain = signer({ target: PRIVATE })
    await admitted(
      t,
      { ...plain, target: `${plain.target}${plain.target.includes('?') ? '&' : '?'}magnet` },
      'without ?torrent it names nothing'
    )
  }
})

t.test('x-amz-… and Content-Type are signed', async (t) => {
  const date: Line = ['Date', new Date().toUTCString()]
  const CHANGES: Array<[what: string, edit: (line: Line) => Line[]]> = [
    ['another value', ([name, value]) => [[name, name === 'x-amz-meta-a' ? '2' : value]]],
    ['another name', ([name, value]) => [[name === 'x-amz-meta-a' ? 'x-amz-meta-b' : name, value]]],
    ['left out', (line) => line[0] === 'x-amz-meta-a' ? [] : [line]],
    ['one more', (line) => line[0] === 'x-amz-meta-a' ? [line, ['x-amz-request-payer', 'requester']] : [line]],
    ['another Content-Type', ([name, value]) => [[name, name === 'Content-Type' ? 'text/html' : value]]],
    ['no Content-Type', (line) => line[0] === 'Content-Type' ? [] : [line]],
    [
      'a Content-MD5',
      (line) => line[0] === 'Content-Type' ? [line, ['Content-MD5', '1B2M2Y8AsgTpgAmY7PhCfg==']] : [line]
    ],
    ['another Date', ([name, value]) => [[name, name === 'Date' ? new Date(Date.now() - MINUTE).toUTCString() : value]]]
  ]
  for (const target of BOTH) {
    for (const signer of [sign, presign]) {
      const how = `${target}, ${signer.name}`
      const sent = signer({ target, headers: [date, ['x-amz-meta-a', '1'], ['Content-Type', 'text/plain']] })
      await admitted(t, sent, how)
      // A presigned URL is not dated.
      for (const [what, edit] of CHANGES.filter(([what]) => signer === sign || what !== 'another Date')) {
        await refused(t, withHeader(sent, edit), WRONG, `${how}: ${what}`)
      }
      await admitted(
        t,
        { ...sent, headers: [...sent.headers, ['Other-Header', 'v'], ['Range', 'bytes=9-0']] },
        `${how}: other headers are not signed`
      )
      await refused(
        t,
        signer({ target, headers: [date, ['x-amz-meta-a', '1'], ['x-amz-meta-a', '1']] }),
        '400 InvalidArgument',
        `${how}: x-amz-meta-a twice (S20)`
      )
    }
    const moved = presign({ target: `${target}?x-amz-meta-a=1`, headers: [['x-amz-meta-a', '1']], resource: target })
    await admitted(t, { ...moved, headers: [] }, `${target}: moved to the query, as presigners do`)
    await refused(
      t,
      { ...moved, headers: [], target: moved.target.replace('x-amz-meta-a=1', 'x-amz-meta-a=2') },
      WRONG,
      `${target}: and changed there`
    )
    await refused(
      t,
      requeried(presign({ target }), (pairs) => [...pairs, 'x-amz-request-payer=requester']),
      WRONG,
      `${target}: added to the query`
    )
  }
})

t.test('x-amz-… in the query of a request that is signed in its header is not signed, and refused (S25)', async (t) => {
  const owned = sign({
    target: PRIVATE, headers: [['Date', new Date().toUTCString()], ['x-amz-expected-bucket-owner', '111122223333']]
  })
  await refused(t, owned, '403 AccessDenied', 'the header counts: a directory has no owner')
  const added = sign({ target: PRIVATE })
  for (const parameter of [
    'x-amz-request-payer=requester', 'X-Amz-Request-Payer=requester', 'x-amz-expected-bucket-owner=111122223333'
  ]) {
    const response = await refused(t, { ...added, target: `${PRIVATE}?${parameter}` }, '403 AccessDenied', parameter)
    t.equal(element(response, 'HeadersNotSigned'), parameter.replace(/=.*/, '').toLowerCase())
  }
  await admitted(t, added, 'without')
})

t.test('S12: no date, or none that can be read', async (t) => {
  const now = new Date().toUTCString()
  for (const target of BOTH) {
    const DATES: Line[][] = [
      [],
      [['Date', '']],
      [['Date', 'tomorrow']],
      [['x-amz-date', 'tomorrow']],
      [['Date', now], ['x-amz-date', 'tomorrow']]
    ]
    for (const headers of DATES) {
      await refused(
        t,
        sign({ target, headers }),
        '403 AccessDenied',
        `${target}: ${headers.map((line) => line.join(': ')).join(', ')}`
      )
    }
    await admitted(t, sign({ target, headers: [['Date', now]] }), `${target}: Date`)
    await admitted(t, sign({ target, headers: [['x-amz-date', now]] }), `${target}: x-amz-date`)
    await admitted(
      t,
      sign({ target, headers: [['x-amz-date', now], ['Date', new Date(0).toUTCString()]] }),
      `${target}: x-amz-date goes before Date`
    )
    await refused(
      t, sign({ target, headers: [['Date', now], ['Date', now]] }), '400 InvalidArgument', `${target}: Date twice (S20)`
    )
  }
})

t.test('S13: clocks that are 14 and 16 minutes off', async (t) => {
  for (const target of BOTH) {
    for (const name of ['Date', 'x-amz-date']) {
      for (const minutes of [-16, 16, 24 * 60]) {
        const response = await refused(
          t,
          sign({ target, headers: [[name, new Date(Date.now() + minutes * MINUTE).toUTCString()]] }),
          '403 RequestTimeTooSkewed',
          `${target}: ${name}, ${minutes} minutes`
        )
        t.equal(element(response, 'MaxAllowedSkewMilliseconds'), '900000')
        t.ok(isNow(element(response, 'ServerTime')), 'ServerTime')
      }
      for (const minutes of [-14, 14]) {
        await admitted(
          t,
          sign({ target, headers: [[name, new Date(Date.now() + minutes * MINUTE).toUTCString()]] }),
          `${target}: ${name}, ${minutes} minutes`
        )
      }
    }
  }
})

t.test('S24: session tokens', async (t) => {
  const date: Line = ['Date', new Date().toUTCString()]
  for (const target of BOTH) {
    for (const signer of [sign, presign]) {
      const how = `${target}, ${signer.name}`
      await refused(
        t,
        signer({ target, headers: [date, ['x-amz-security-token', 'a-token']] }),
        '403 InvalidToken',
        `${how}: for a key pair that has none`
      )
      await refused(
        t, signer({ target, keyPair: carol }), '403 InvalidToken', `${how}: none for a key pair that has one`
      )
      await refused(
        t,
        signer({ target, keyPair: carol, headers: [date, ['x-amz-security-token', `${CAROLS_TOKEN}x`]] }),
        '403 InvalidToken',
        `${how}: another one`
      )
      const unsigned = signer({ target, keyPair: carol })
      await refused(
        t,
        { ...unsigned, headers: [...unsigned.headers, ['x-amz-security-token', CAROLS_TOKEN]] },
        WRONG,
        `${how}: not signed`
      )
      await admitted(
        t,
        signer({ target, keyPair: carol, headers: [date, ['x-amz-security-token', CAROLS_TOKEN]] }),
        `${how}: the one`
      )
    }
  }
})

t.test('S31: AWSAccessKeyId, Signature and Expires are required, once each', async (t) => {
  for (const path of BOTH) {
    const whole = presign({ target: `${path}?torrent` })
    for (const name of ['AWSAccessKeyId', 'Signature', 'Expires']) {
      const is = (pair: string): boolean => pair.startsWith(`${name}=`)
      for (const [what, edit] of [
        ['missing', (pairs) => pairs.filter((pair) => !is(pair))],
        ['empty', (pairs) => pairs.map((pair) => is(pair) ? `${name}=` : pair)],
        ['bare', (pairs) => pairs.map((pair) => is(pair) ? name : pair)],
        ['alone', (pairs) => pairs.filter((pair) => is(pair) || pair === 'torrent')],
        ['in lower case', (pairs) => pairs.map((pair) => is(pair) ? pair.replace(name, name.toLowerCase()) : pair)]
      ] as Array<[string, (pairs: string[]) => string[]]>) {
        const response = await refused(t, requeried(whole, edit), '403 AccessDenied', `${path}: ${name} ${what}`)
        t.equal(
          element(response, 'Message'),
          'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
        )
      }
      for (const [what, edit] of [
        ['twice', (pairs) => [...pairs, ...pairs.filter(is)]],
        ['another first', (pairs) => [`${name}=1`, ...pairs]],
        ['another last', (pairs) => [...pairs, `${name}=1`]]
      ] as Array<[string, (pairs: string[]) => string[]]>) {
        await refused(t, requeried(whole, edit), '400 InvalidArgument', `${path}: ${name} ${what}`)
      }
    }
    await admitted(t, whole, `${path}: all three`)
  }
})

t.test('S32, S33: Expires', async (t) => {
  const seconds = Math.floor(Date.now() / 1000)
  for (const path of BOTH) {
    const target = `${path}?torrent`
    for (const expires of [
      'soon',
      '-1',
      '1.5',
      '1e10',
      '0x7fffffff',
      `${seconds + 60}s`,
      '9'.repeat(40),
      new Date(Date.now() + MINUTE).toISOString()
    ]) {
      const response = await refused(t, presign({ target, expires }), '403 AccessDenied', `${path}: ${expires}`)
      t.match(element(response, 'Message'), /^Invalid date/)
    }
    for (const expires of [0, 1, seconds - 1, seconds - 3600]) {
      const response = await refused(
        t, presign({ target, expires: String(expires) }), '403 AccessDenied', `${path}: ${expires}`
      )
      t.equal(element(response, 'Message'), 'Request has expired')
      t.equal(element(response, 'ExpiresDate'), new Date(expires * 1000).toISOString())
      t.ok(isNow(element(response, 'ServerTime')), 'ServerTime')
      await refused(
        t, presign({ target, method: 'HEAD', expires: String(expires) }), '403', `${path}: HEAD, ${expires}`
      )
    }
    const expired = presign({ target, expires: String(seconds - 60) })
    await refused(
      t,
      { ...expired, target: expired.target.replace(/Expires=\d+/, `Expires=${seconds + 3600}`) },
      WRONG,
      `${path}: made longer by hand`
    )
    for (const expires of [seconds + 60, seconds + 315360000]) {
      await admitted(t, presign({ target, expires: String(expires) }), `${path}: ${expires}`)
    }
  }
})

t.test('S21: two mechanisms', async (t) => {
  for (const target of BOTH) {
    const [header, query] = [sign({ target }), presign({ target })]
    await refused(t, { ...query, headers: header.headers }, '400 InvalidArgument', `${target}: both`)
    for (const name of ['AWSAccessKeyId', 'Signature', 'Expires', 'X-Amz-Signature', 'X-Amz-Credential', 'signature']) {
      await refused(
        t, { ...header, target: `${target}?${name}=1` }, '400 InvalidArgument', `${target}: Authorization and ${name}`
      )
    }
    for (const name of ['X-Amz-Signature', 'X-Amz-Algorithm', 'X-Amz-Expires']) {
      await refused(
        t,
        requeried(query, (pairs) => [...pairs, `${name}=1`]),
        '400 InvalidArgument',
        `${target}: presigned and ${name}`
      )
    }
    await refused(
      t,
      withHeader(header, (line) => line[0] === 'Authorization' ? [line, line] : [line]),
      '400 InvalidArgument',
      `${target}: Authorization twice`
    )
    await refused(
      t,
      { ...query, headers: [['Authorization', 'Basic YTpi']] },
      '400 InvalidArgument',
      `${target}: presigned, and another Authorization`
    )
    await admitted(t, header, `${target}: the header`)
    await admitted(t, query, `${target}: the query`)
  }
})

t.test('virtual-hosted: the bucket of the Host is signed', async (t) => {
  for (const bucket of ['bkt', 'open']) {
    const hosted = (sent: Sent, host = `${bucket}.${DOMAIN}`): Sent => ({
      ...sent, headers: [['Host', host], ...sent.headers]
    })
    for (const signer of [sign, presign]) {
      for (const [target, resource] of [
        ['/key', `/${bucket}/key`],
        ['/key?torrent', `/${bucket}/key?torrent`],
        ['/key?torrent', `/${bucket}/key?torrent?torrent`]
      ] as const) {
        const sent = signer({ target, resource })
        const how = `${bucket}, ${signer.name}: ${resource}`
        for (const host of [
          `${bucket}.${DOMAIN}`, `${bucket}.${DOMAIN}:${on.port}`, `${bucket.toUpperCase()}.${DOMAIN}`
        ]) {
          await admitted(t, hosted(sent, host), `${how} at ${host}`)
        }
        await refused(t, spoiled(hosted(sent)), WRONG, `${how}, spoiled`)
        await refused(
          t, hosted(sent, `${bucket === 'bkt' ? 'open' : 'bkt'}.${DOMAIN}`), WRONG, `${how}, at another bucket`
        )
        await refused(t, hosted({ ...sent, target: sent.target.replace('key', 'other') }), WRONG, `${how}, another key`)
        await refused(t, hosted(signer({ target })), WRONG, `${how}, signed without the bucket`)
        await admitted(t, hosted({ ...sent, target: `/${bucket}${sent.target}` }, DOMAIN), `${how}, sent in path style`)
      }
    }
  }
  if (!need(t, 'python-boto3')) return
  const asks = [
    { target: '/key?torrent', authPath: '/bkt/key' }, { target: '/a%20b%2B%C3%BC', authPath: '/bkt/a%20b%2B%C3%BC' }
  ]
  for (const sent of [...byBotocore('v2', asks), ...byBotocore('v2-presign', asks)]) {
    await admitted(
      t, { ...sent, headers: [['Host', `bkt.${DOMAIN}`], ...sent.headers] }, `botocore's ${sent.target}`, 'a b+ü\n'
    )
  }
})

t.test('path style does not depend on the Host', async (t) => {
  for (const target of BOTH) {
    for (const host of [HOST, '127.0.0.1', DOMAIN, `${DOMAIN}:9`, 'evil.example']) {
      await admitted(t, { ...presign({ target }), headers: [['Host', host]] }, `${target} at ${host}`)
    }
  }
})

t.test('S3, S30: --signature-v2 off', async (t) => {
  const MESSAGE = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'
  const requests = BOTH.flatMap((path) => [path, `${path}?torrent`]).flatMap((target) => [
    sign({ target }), presign({ target }), sign({ target, keyPair: mallory }), presign({
      target, keyPair: mallory
    }), presign({
      target, keyPair: nobody
    }), presign({ target, expires: '1' }),
    sign({ target, headers: [] }), withAuthorization(sign({ target }), () => 'AWS nothing'), requeried(
      presign({ target }), (pairs) => pairs.filter((pair) => !pair.startsWith('Signature='))
    ),
    {
      ...presign({ target: target.replace(/^\/\w+/, ''), resource: target }),
      headers: [['Host', `${target.split('/')[1]}.${DOMAIN}`] as Line]
    }
  ])
  for (const sent of requests) {
    const response = await refused(
      t,
      sent,
      '400 InvalidRequest',
      `${sent.target} ${sent.headers.map((line) => line.join(': ')).join(', ')}`,
      off.port
    )
    t.equal(element(response, 'Message'), MESSAGE)
  }
  for (const target of BOTH) {
    await refused(t, sign({ target, method: 'HEAD' }), '400', `HEAD ${target}`, off.port)
    await admitted(t, sign({ target }), `${target} where it is on`)
    await admitted(t, presign({ target }), `${target} where it is on`)
  }
  await admitted(t, { method: 'GET', target: PUBLIC, headers: [] }, 'anonymous', 'key\n', off.port)
  if (!need(t, 'python-boto3')) return
  const signed = signWithBotocore([
    { scheme: 'v4', url: `${off.url}${PRIVATE}`, ...alice },
    { scheme: 'v4-presign', url: `${off.url}${PRIVATE}?torrent`, ...alice }
  ])
  for (const { url, headers } of signed) {
    await admitted(
      t,
      { method: 'GET', target: url.slice(off.url.length), headers: Object.entries(headers) },
      `version 4: ${url}`,
      'key\n',
      off.port
    )
  }
})
