import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { runInProcess } from '../run-in-process.js'

t.test('what cannot be made is said in one sentence', async (t) => {
  const cwd = t.testdir({ empty: '', directory: {} })
  const at = (name: string): string => join(cwd, name)
  const origin = await startFaultyOrigin(t)
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAALICE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: origin.endpoint,
    XDG_CACHE_HOME: at('cache')
  }
  origin.put('media', 'empty', { body: Buffer.alloc(0) })
  origin.put('media', 'cold', { size: 10, storageClass: 'GLACIER' })
  origin.put('media', 'sse-c', {
    size: 10, sseC: { code: 'InvalidRequest', message: 'The object was stored using a form of Server Side Encryption.' }
  })
  origin.put('media', 'bobs', { size: 10, readers: ['AKIABOB'] })
  origin.put('media', 'evil\u001B[31m', { size: 10, readers: ['AKIABOB'] })
  const cases: Array<[args: string[], code: number, says: RegExp | string]> = [
    [['create'], 2, "Missing required argument 'source'; see object-torrent create --help."],
    [['create', 'a', 'b'], 2, /Too many arguments.*; see object-torrent create --help\./i],
    [
      ['create', 'a', '--anounce', 'x'],
      2,
      "Unknown option '--anounce' (Did you mean --announce?); see object-torrent create --help."
    ],
    [['create', 'a', '--piece-length', '1000'], 2, '--piece-length 1000 is no power of two from 16384 to 1073741824.'],
    [['create', 'a', '--announce', 'ftp://x/'], 2, '--announce "ftp://x/" is no tracker URL'],
    [['create', 'a', '--web-seed', 'ftp://x/'], 2, '--web-seed "ftp://x/" is no http:// or https:// URL.'],
    [['create', 'a', '-o', 'b', '--output=c'], 2, '--output is given twice, and has one value; leave one of them.'],
    [['create', 'a', '--profile', 'x', '--profile', 'x'], 2, '--profile is given twice'],
    [['create', 's3://media'], 2, 's3://media names no object: the key is missing; --recursive makes one'],
    [['create', 's3://media/no/'], 1, 'There is no object s3://media/no/; --recursive makes one torrent of all'],
    [['create', 's3://M:x/x'], 2, '"s3://M:x/x" is no s3://bucket/key: the specified bucket is not valid.'],
    [
      ['create', 'https://example.net/film.mkv'],
      2,
      '"https://example.net/film.mkv" is a URL; create takes s3://bucket/key, a file or a folder.'
    ],
    [
      ['create', 'magnet:?xt=urn:btih:x'],
      2,
      'A magnet link names a torrent that is there already, and holds no bytes; create takes s3://bucket/key, a file ' +
      'or a folder.'
    ],
    [['create', 's3://media/x', '-o', '-', '--json'], 2, '-o - and --json would both write to standard output.'],
    [['create', at('missing.bin')], 1, /There is no file \S+missing\.bin; an object is named s3:\/\/bucket\/key\./],
    [
      ['create', at('empty')],
      1,
      /empty: Torrent creation is not supported for objects of zero bytes \(InvalidRequest\)\./
    ],
    [['create', 's3://media/missing'], 1, 'There is no object s3://media/missing.'],
    [['create', 's3://nowhere/film.bin'], 1, /There is no (bucket for|object) s3:\/\/nowhere\/film\.bin/],
    [['create', 's3://media/cold'], 1, 's3://media/cold is archived; restore it first.'],
    [
      ['create', 's3://media/sse-c'],
      1,
      's3://media/sse-c was stored with a customer-provided key (SSE-C), which only its owner can send.'
    ],
    [
      ['create', 's3://media/bobs'],
      1,
      's3://media/bobs is not readable with the access key AKIAALICE; --profile chooses other credentials.'
    ],
    [['create', 's3://media/evil\u001B[31m'], 1, 's3://media/evil\\u001b[31m is not readable'],
    [
      ['create', 's3://media/x', '--endpoint-url', 'http://127.0.0.1:1'],
      1,
      's3://media/x cannot be read: nobody listens there (ECONNREFUSED); check --endpoint-url, and try again.'
    ],
    [
      ['create', 's3://media/x', '--endpoint-url', 'ftp://127.0.0.1:1'],
      2,
      '--endpoint-url "ftp://127.0.0.1:1" is no http:// or https:// URL.'
    ],
    [['create', 'a', '--announce', 'http://user:secret@[/'], 2, '--announce "http://…@[/" is no tracker URL'],
    [
      ['create', 'a', '--web-seed', 'http://user:secret@[/'],
      2,
      '--web-seed "http://…@[/" is no http:// or https:// URL.'
    ],
    [['create', 'http://user:secret@h/f?secret'], 2, '"http://…@h/f?…" is a URL; create takes'],
    [
      ['create', 's3://media/x', '--endpoint-url', 'user:secret@h'],
      2,
      '--endpoint-url "…@h" is no http:// or https:// URL.'
    ],
    [['create', 's3://\u001B[31m/x'], 2, '"s3://\\u001b[31m/x" is no s3://bucket/key'],
    [['create', 'a', '--x\u202E'], 2, "Unknown option '--x\\u202e'"]
  ]
  for (const [args, expected, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(args, { env })
    t.same([code, stdout], [expected, ''], args.join(' '))
    t.match(stderr, says)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one sentence')
    t.notMatch(stderr, /[\u001B\u202E]|secret/)
  }
  t.same(readdirSync(cwd).sort(), ['directory', 'empty'])
})

t.test('where its bytes are is written so that every client can ask there', async (t) => {
  const cwd = t.testdir({ 'f\u00EFlm 1.mkv': 'x' })
  const file = join(cwd, 'f\u00EFlm 1.mkv')
  const CASES: Array<[given: string, written: string]> = [
    ['https://cdn.example/my films/{key}', 'https://cdn.example/my%20films/f%C3%AFlm%201.mkv'],
    ['https://cdn.example/f\u00EFlme/', 'https://cdn.example/f%C3%AFlme/f%C3%AFlm%201.mkv'],
    ['https://b\u00FCcher.example', 'https://xn--bcher-kva.example/f%C3%AFlm%201.mkv'],
    ['https://cdn.example/f%20x.mkv?a={key}/', 'https://cdn.example/f%20x.mkv?a=f%C3%AFlm%201.mkv/']
  ]
  const { code, stdout, stderr } = await runInProcess(
    ['create', file, '--json', '-o', cwd, '--announce', 'http://b\u00FCcher.example/an nounce', ...CASES.flatMap(
      ([given]) => ['--web-seed', given]
    )],
    { env: { XDG_CACHE_HOME: join(cwd, 'cache') } }
  )
  t.equal(code, 0, stderr)
  t.match(JSON.parse(stdout), {
    webSeeds: CASES.map(([, written]) => written), trackers: [['http://xn--bcher-kva.example/an%20nounce']]
  })
})

t.test('a key that ends in a slash is an object as any other', async (t) => {
  const cwd = t.testdir({})
  const origin = await startFaultyOrigin(t)
  const env = { AWS_ENDPOINT_URL: origin.endpoint, XDG_CACHE_HOME: join(cwd, 'cache') }
  for (const [key, name] of [['dir/', 'dir'], ['a/x//', 'x'], ['/', 'object'], ['//', 'object']] as const) {
    origin.put('My_Bucket', key, { size: 20_000, seed: 1, public: true })
    const file = join(cwd, `${name}.torrent`)
    const { code, stdout, stderr } = await runInProcess(
      [
        'create', `s3://My_Bucket/${key}`, '--no-sign-request', '--json', '-o', file, '--web-seed',
        'https://cdn.example/{key}'
      ],
      { env }
    )
    t.equal(code, 0, stderr)
    t.match(JSON.parse(stdout), { name, webSeeds: [`https://cdn.example/${encodeURIComponent(key)}`] })
    const verified = await runInProcess(['verify', file, `s3://My_Bucket/${key}`, '--no-sign-request'], { env })
    t.equal(verified.code, 0, verified.stderr)
    rmSync(file)
  }
})
