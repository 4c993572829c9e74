import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { runInProcess } from '../run-in-process.js'

t.test('what cannot be warmed is said in one sentence', async (t) => {
  const origin = await startFaultyOrigin(t)
  origin.bucket('media')
  origin.bucket('bobs', { listers: ['AKIABOB'] })
  const buckets = t.testdir({ media: {}, file: '' })
  const env = { AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 's' }
  const s3 = ['--endpoint-url', origin.endpoint]
  const cases: Array<[args: string[], code: number, says: RegExp]> = [
    [[], 2, /Missing required argument 'prefix'; see object-torrent warm --help\./],
    [['media'], 2, /"media" is no s3:\/\/bucket\/key: it names no bucket\./],
    [['s3://media', ...s3, '--concurrency', '0'], 2, /--concurrency 0 is no number from 1 to 256\./],
    [
      ['s3://media', ...s3, '--server', 'torrent.example.net'],
      2,
      /--server "torrent\.example\.net" is no http:\/\/ or https:\/\/ URL\./
    ],
    [['s3://media', ...s3, '--piece-length', '7'], 2, /--piece-length 7 is no power of two/],
    [['s3://media', ...s3, '--x-amz-info', 'yes'], 2, /--x-amz-info .*: off, on\./],
    [
      ['s3://media', '--origin', `${buckets}/file`],
      2,
      /is no directory; --origin names a directory of buckets or an S3 endpoint\./
    ],
    [['s3://media', '--origin', buckets], 1, /There is no object under s3:\/\/media\/\./],
    [['s3://nowhere', '--origin', buckets], 1, /There is no bucket for s3:\/\/nowhere\/ there/],
    [['s3://media/x', ...s3], 1, /There is no object under s3:\/\/media\/x\./],
    [
      ['s3://bobs', ...s3],
      1,
      /s3:\/\/bobs\/ is not readable with the access key AKIAALICE; --profile chooses other credentials\./
    ],
    [
      ['s3://media', '--endpoint-url', 'http://127.0.0.1:1'],
      1,
      /s3:\/\/media\/ cannot be read: nobody listens there \(ECONNREFUSED\); check --endpoint-url, and try again\./
    ]
  ]
  for (const [args, expected, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(['warm', '--quiet', ...args], { env })
    t.same([code, stdout], [expected, ''], args.join(' '))
    t.match(stderr, says)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one sentence')
  }
})

t.test('what was given is named', async (t) => {
  const buckets = t.testdir({ media: {} })
  for (const [env, args, says] of [
    [
      { OBJECT_TORRENT_PIECE_LENGTH: '7', OBJECT_TORRENT_ORIGIN: buckets },
      [],
      'OBJECT_TORRENT_PIECE_LENGTH 7 is no power of two'
    ],
    [
      { OBJECT_TORRENT_PIECE_LENGTH: '7', OBJECT_TORRENT_ORIGIN: buckets },
      ['--piece-length', '9'],
      '--piece-length 9 is no power of two'
    ],
    [{ OBJECT_TORRENT_ORIGIN: '/nowhere' }, [], 'OBJECT_TORRENT_ORIGIN names a directory of buckets'],
    [{ OBJECT_TORRENT_ORIGIN: 'http://[' }, [], 'OBJECT_TORRENT_ORIGIN "http://[" is no http:// or https:// URL.'],
    [{ OBJECT_TORRENT_PORT: 'http', OBJECT_TORRENT_ORIGIN: buckets }, [], 'There is no object under s3://media/.'],
    [
      { AWS_ENDPOINT_URL: 'x', AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' },
      [],
      'endpoint_url (AWS_ENDPOINT_URL, or a profile\'s) "x" is no http:// or https:// URL.'
    ],
    [{}, ['--region', 'a', '--region', 'b'], '--region is given twice, and has one value; leave one of them.']
  ] as const) t.match((await runInProcess(['warm', 's3://media', ...args], { env })).stderr, says)
})

t.test('what a server says is shown, and commands no terminal', async (t) => {
  const origin = await startFaultyOrigin(t)
  origin.put('media', 'film\u061C.mkv', { size: 10 })
  const server = createServer((_, response) => {
    response.writeHead(500, { 'content-type': 'application/xml' }).end(
      '<Error><Code>x\u001B[31m</Code><Message>\u202Eowned\n\u009B2J</Message></Error>'
    )
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const env = { AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 's' }
  const { code, stderr } = await runInProcess(
    [
      'warm',
      '--quiet',
      's3://media',
      '--endpoint-url',
      origin.endpoint,
      '--server',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    ],
    { env }
  )
  t.equal(code, 1)
  t.match(stderr, /^failed {3}film\\u061c\.mkv {2}10 bytes {2}\\u202eowned\\u000a\\u009b2J \(x\\u001b\[31m\)\n$/)
})
