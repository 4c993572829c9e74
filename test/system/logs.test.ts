import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { printableLines } from '../../src/util/unprintable.js'
import { builtProgram } from '../support/built.js'
import { signWithBotocore } from '../support/botocore.js'
import { cleanEnv } from '../support/clean-env.js'
import { runClient } from '../support/clients.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { need, programPath } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { CREDENTIALS, alice, mallory, nobody } from '../support/signing-tests.js'
import { until } from '../support/until.js'

const OWN = { accessKeyId: 'OWNACCESSKEY00000001', secretAccessKey: 'own/secret+key00000000000000000000000000' }
const SIZE = 300_000
const NASTY = 'a\nb\r\t"\\\u001b[31m\u007f\u009b2J\u202eyek\u2028{"level":60}\u2060\u00ad\u3164\u{e0041}'

const dir = t.testdir({ credentials: CREDENTIALS })
const credentials = join(dir, 'credentials')
const origin = await startFaultyOrigin(t)
origin.bucket('bkt', { public: true })
for (const key of ['key', NASTY, 'k'.repeat(1024)]) {
  origin.put('bkt', key, { body: contentAt(1, 0, SIZE), public: true, versionId: 'v1' })
}
origin.put('bkt', 'fails', {
  body: contentAt(1, 0, SIZE), public: true, faults: { statusBurst: { status: 500, count: 1e9 } }
})
origin.put('bkt', 'slow', { body: contentAt(1, 0, 64 << 20), public: true, faults: { bytesPerSecond: 2 << 20 } })

const args = ['--origin', origin.endpoint, '--credentials-file', credentials, '--log-level', 'debug']
const env = { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
const [server, pretty] = await Promise.all(
  [startServer(t, { args, env }), startServer(t, { args: [...args, '--log-format', 'pretty'], env })]
)

type Line = Readonly<Record<string, unknown>>
const linesOf = (from: Server): Line[] => from.stderr().split('\n').filter(Boolean).map(
  (line) => JSON.parse(line) as Line
)

/** The line of an answer, which is written when all of it has been sent. */
async function lineOf (requestId: unknown, from = server): Promise<Line> {
  return until(`the line of ${String(requestId)}`, () => {
    const found = linesOf(from).filter((line) => line['msg'] === 'request' && line['requestId'] === requestId)
    if (found.length > 1) throw new Error(`${String(requestId)} has ${found.length} lines`)
    return found[0]
  })
}

const ID = 'x-amz-request-id'

t.test('one line a request says what S3 says of it', async (t) => {
  const seed = `/-/seed/${Buffer.from('"x"').toString('base64url')}/bkt/key`
  const CASES: Array<[path: string, line: Line, init?: { method?: string, headers?: Record<string, string> }]> = [
    ['/bkt/key?torrent', {
      operation: 'GetObjectTorrent', bucket: 'bkt', key: 'key', method: 'GET', status: 200, complete: true
    }],
    ['/bkt/key?torrent', { operation: 'GetObjectTorrent', method: 'HEAD', status: 200, bytesSent: 0 }, {
      method: 'HEAD'
    }],
    ['/bkt/key', { operation: 'GetObject', bucket: 'bkt', key: 'key', status: 200, bytesSent: SIZE }],
    ['/bkt/key?versionId=v1', {
      operation: 'GetObject', bucket: 'bkt', key: 'key', versionId: 'v1', status: 200, bytesSent: SIZE
    }],
    ['/bkt/key', { operation: 'GetObject', status: 206, bytesSent: 10 }, { headers: { range: 'bytes=5-14' } }],
    ['/bkt/key', { operation: 'HeadObject', status: 200, bytesSent: 0 }, { method: 'HEAD' }],
    ['/bkt/missing?torrent', {
      operation: 'GetObjectTorrent', bucket: 'bkt', key: 'missing', status: 404, code: 'NoSuchKey'
    }],
    ['/bkt?location', { operation: 'GetBucketLocation', bucket: 'bkt', status: 200 }],
    ['/bkt/key?acl', { bucket: 'bkt', key: 'key', status: 501, code: 'NotImplemented' }],
    ['/bkt/key', { method: 'PUT', status: 405, code: 'MethodNotAllowed' }, { method: 'PUT' }],
    [seed, { operation: 'GetWebSeed', bucket: 'bkt', key: 'key', status: 404, code: 'NoSuchKey' }],
    ['/bkt/%zz', { method: 'GET', status: 400, code: 'InvalidURI' }],
    ['/-/nothing', { method: 'GET', status: 404, code: 'NoSuchKey' }]
  ]
  for (const [path, expected, init = {}] of CASES) {
    const what = `${init.method ?? 'GET'} ${path}`
    const response = await httpGet(server.url + path, init)
    const line = await lineOf(response.headers[ID])
    t.match(line, { level: 30, bytesSent: response.body.length, remoteAddress: '127.0.0.1', ...expected }, what)
    t.equal(typeof line['ms'], 'number', what)
    t.notOk('accessKeyId' in line, `${what}: nobody has signed`)
  }
})

t.test('who has signed, and who claims to', async (t) => {
  if (!need(t, 'python-boto3')) return
  const url = `${server.url}/bkt/key?torrent`
  const cases = [
    [alice, '200', alice.accessKeyId],
    [mallory, '403 SignatureDoesNotMatch', alice.accessKeyId],
    [nobody, '403 InvalidAccessKeyId', undefined]
  ] as const
  const signed = signWithBotocore(cases.flatMap(
    ([keyPair]) => (['v4', 'v4-presign', 'v2', 'v2-presign'] as const).map((scheme) => ({ scheme, url, ...keyPair }))
  ))
  for (const [i, { url, headers }] of signed.entries()) {
    const [, outcome, accessKeyId] = cases[Math.floor(i / 4)] ?? []
    const line = await lineOf((await httpGet(url, { headers })).headers[ID])
    t.strictSame(
      [[line['status'], line['code']].filter(Boolean).join(' '), line['accessKeyId']], [outcome, accessKeyId]
    )
  }
})

t.test('what never became a request has its line, too', async (t) => {
  for (const [bytes, status, code] of [
    ['GARBAGE\r\n\r\n', 400, 'BadRequest'],
    [`GET /bkt/key HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'RequestHeaderSectionTooLarge']
  ] as const) {
    const { headers, body } = await rawRequest(server.port, bytes)
    t.match(await lineOf(headers[ID]?.[0]), {
      status, code, bytesSent: body.length, remoteAddress: '127.0.0.1', reason: /^HPE_/
    })
  }
})

t.test('an answer that broke off is not complete, and has the bytes that it had', async (t) => {
  const leaving = new AbortController()
  let received = 0
  const { headers } = await httpGet(`${server.url}/bkt/slow`, {
    signal: leaving.signal,
    onChunk: (chunk) => {
      if (
        (received += chunk.length) > 1 << 20
      ) {
        leaving.abort()
      }
    }
  })
  const { complete, bytesSent } = await lineOf(headers[ID])
  t.equal(complete, false)
  t.ok(Number(bytesSent) >= received && Number(bytesSent) < 64 << 20, `${String(bytesSent)} of which ${received} came`)
})

t.test('a key stays within its line, and commands no terminal', async (t) => {
  for (const key of [NASTY, 'k'.repeat(1024)]) {
    const path = `/bkt/${encodeURIComponent(key)}`
    const response = await httpGet(server.url + path)
    t.equal(response.status, 200)
    t.equal((await lineOf(response.headers[ID]))['key'], key, 'JSON has it verbatim')
    await httpGet(pretty.url + path)
  }
  const { headers } = await httpGet(`${server.url}/bkt/key?versionId=${'v'.repeat(10_000)}`)
  t.equal(String((await lineOf(headers[ID]))['versionId']).length, 128, 'of an endless version id the beginning')
  await httpGet(`${pretty.url}/bkt/fails`)
  await httpGet(`${pretty.url}/bkt/${encodeURIComponent(`${NASTY}/missing`)}`)
  await pretty.stop()
  const shown = pretty.stderr()
  for (const text of [server.stderr(), shown]) t.equal(text, printableLines(text), 'nothing that is not seen')
  t.match(
    shown,
    'GET GetObject ' +
    'bkt/a\\u000ab\\u000d\\u0009"\\\\u001b[31m\\u007f\\u009b2J\\u202eyek\\u2028{"level":60}' +
      '\\u2060\\u00ad\\u3164\\udb40\\udc41 200 300000 bytes'
  )
  for (const line of shown.split('\n').filter(Boolean)) {
    t.match(line, /^(\[\d\d:\d\d:\d\d\.\d{3}\] (INFO|ERROR)| {4,})/, line)
  }
})

t.test('--log-format: auto is pretty on a terminal only', async (t) => {
  const request = async ({ url }: Server): Promise<unknown> => (await httpGet(`${url}/bkt/key`)).headers[ID]
  const [auto, json] = await Promise.all(
    [startServer(t, { args }), startServer(t, { args, env: { OBJECT_TORRENT_LOG_FORMAT: 'json' } })]
  )
  for (const each of [auto, json]) {
    t.match(await lineOf(await request(each), each), { operation: 'GetObject' }, 'one that is no terminal')
  }
  if (!need(t, 'script')) return
  // script(1) runs it on a terminal of its own.
  const onTerminal = async (format: string, extra: NodeJS.ProcessEnv = {}): Promise<string> => {
    const typescript = join(dir, `typescript-${format}-${Object.keys(extra).join()}`)
    const command = [
      process.execPath, builtProgram(), ...args, '--port', '0', '--tracker-port', '0', '--peer-port', '0',
      '--data-dir', join(dir, `data-${format}`), '--log-format', format
    ]
    const { output } = await runClient(programPath('script'), [
      '--quiet', '--flush', '--return', '--command', command.join(' '), typescript
    ], {
      seconds: 30,
      env: { ...cleanEnv(extra), TERM: 'xterm' },
      until: () => readFileSync(typescript, {
        encoding: 'utf8', flag: 'a+'
      }).includes('Server listening')
    })
    return output
  }
  t.match(await onTerminal('auto'), /\[\d\d:\d\d:\d\d\.\d{3}\] \x1b\[32mINFO/, 'in colours')
  t.match(await onTerminal('auto', { NO_COLOR: '1' }), /\[\d\d:\d\d:\d\d\.\d{3}\] INFO/, 'but for who wants none')
  t.match(await onTerminal('json'), /\{"level":30,/)
})
