import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startFaultyOrigin } from '../../support/faulty-origin.js'
import { runInProcess } from '../run-in-process.js'

t.test('what cannot be one torrent is said in one sentence', async (t) => {
  const cwd = t.testdir({ empty: {}, nothing: { a: '', b: '' }, many: { a: 'a', b: 'b', c: 'c' }, file: 'x' })
  const at = (name: string): string => join(cwd, name)
  const origin = await startFaultyOrigin(t)
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAALICE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: origin.endpoint,
    XDG_CACHE_HOME: at('cache')
  }
  for (const key of ['a/1', 'a/2', 'a/3', 'cold/1', 'bobs/1']) origin.put('media', key, { size: 10 })
  origin.put('media', 'marker/', { size: 0 })
  origin.put('media', 'marker/1', { size: 10 })
  origin.put('media', 'nothing/1', { size: 0 })
  origin.put('media', 'cold/2', { size: 10, storageClass: 'GLACIER' })
  origin.put('media', 'bobs/e\u001B[31m', { size: 10, readers: ['AKIABOB'] })
  origin.bucket('bobs', { listers: ['AKIABOB'] })
  const recursive = '--recursive makes one torrent of all objects under it.'
  const cases: Array<[args: string[], code: number, says: RegExp | string]> = [
    [['s3://media/a/'], 1, `There is no object s3://media/a/; ${recursive}`],
    [['s3://media/marker/'], 1, recursive],
    [['s3://media'], 2, 's3://media names no object: the key is missing; --recursive makes one torrent of all its'],
    [['s3://media/x/', '--recursive'], 1, 'There is no object under s3://media/x/.'],
    [['s3://media/marker/x', '--recursive'], 1, 'There is no object under s3://media/marker/x.'],
    [
      ['s3://media/nothing/', '--recursive'],
      1,
      'all objects under s3://media/nothing/ are empty, and clients load no torrent of nothing.'
    ],
    [
      ['s3://media/a/', '--recursive', '--max-prefix-objects', '2'],
      1,
      'There are more than 2 objects under s3://media/a/; name a longer prefix, or raise --max-prefix-objects.'
    ],
    [['s3://media/a/', '--recursive', '--max-prefix-objects', 'all'], 2, '--max-prefix-objects must be a whole number'],
    [['s3://media/a/', '--recursive', '--version-id', 'x'], 2, '--version-id is for one object.'],
    [['s3://media/a/', '--recursive', '--x-amz-info'], 2, '--x-amz-info is for one object'],
    [
      ['s3://media/cold/', '--recursive'],
      1,
      's3://media/cold/: 1 of the 2 objects under the prefix can have no torrent, first of all cold/2: '
    ],
    [['s3://media/bobs/', '--recursive'], 1, 's3://media/bobs/e\\u001b[31m is not readable with the access key AKIA'],
    [['s3://bobs/', '--recursive'], 1, 's3://bobs/ is not readable with the access key AKIAALICE'],
    [['s3://nowhere/', '--recursive'], 1, 'There is no bucket for s3://nowhere/ there'],
    [
      ['s3://media/a/', '--recursive', '--web-seed', 'https://cdn.example/?x={key}'],
      2,
      'cannot be asked for several files: clients append a/ and the path of each, ' +
      'so name the URL of the folder in which a is.'
    ],
    [['s3://media/', '--recursive', '--web-seed', 'https://cdn.example/{key}'], 2, 'in which media is.'],
    [['s3://media/', '--recursive', '--endpoint-url', 'http://127.0.0.1:1'], 1, 's3://media/ cannot be read: nobody'],
    [[at('empty')], 1, /There is no file in \S+empty\./],
    [[at('nothing')], 1, /all files in \S+nothing are empty/],
    [
      [at('many'), '--max-prefix-objects', '2'],
      1,
      /There are more than 2 files in \S+many; name a folder in it, or raise --max-prefix-objects\./
    ],
    [[at('many'), '-o', at('many')], 2, /The torrent would be written into \S+many, of which the torrent is; -o names/],
    [[at('many'), '-o', at('many/x.torrent')], 2, 'The torrent would be written into'],
    [[at('many'), '--data-dir', at('many/kept/here')], 2, 'The data directory would be written into'],
    [[at('file'), '--recursive', '--format', 'v2', '--version-id', 'x'], 2, '--version-id is for s3://bucket/key.']
  ]
  for (const [args, expected, says] of cases) {
    const outside = args.includes('-o') ? [] : ['-o', at('out.torrent')]
    const { code, stdout, stderr } = await runInProcess(['create', ...args, ...outside, '--quiet'], { env })
    t.same([code, stdout], [expected, ''], args.join(' '))
    t.match(stderr, says)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one sentence')
    t.notMatch(stderr, /[\u001B\u202E]|secret/)
  }
  t.same(readdirSync(cwd).filter((name) => name !== 'cache').sort(), ['empty', 'file', 'many', 'nothing'])
})

t.test('web seeds of several files, and the names that clients ask them for', async (t) => {
  const cwd = t.testdir({})
  const origin = await startFaultyOrigin(t)
  const env = { AWS_ENDPOINT_URL: origin.endpoint, XDG_CACHE_HOME: join(cwd, 'cache') }
  origin.bucket('media', { public: true })
  for (const key of ['x/films/a b', 'x/films/c:d', 'x/films/e\u202E']) {
    origin.put('media', key, { size: 10, public: true })
  }
  const run = (...args: string[]) => runInProcess([
    'create', 's3://media/x/films/', '--recursive', '--no-sign-request', '--json', '-o', cwd, ...args
  ], { env })
  const { code, stdout, stderr } = await run(
    '--web-seed', 'https://cdn.example/{bucket}/{key}', '--web-seed', 'https://b\u00FCcher.example/my x'
  )
  t.equal(code, 0, stderr)
  t.match(JSON.parse(stdout), {
    name: 'films',
    files: 3,
    webSeeds: ['https://cdn.example/media/x/', 'https://xn--bcher-kva.example/my%20x/']
  })
  t.match(
    stderr,
    '2 objects of 3 cannot have the name of the key in a torrent, first of all s3://media/x/films/c:d, which is c_d ' +
    'there; clients ask the web seeds for these names\n'
  )
  t.notMatch((await run()).stderr, 'cannot have the name')
})

t.test('Ctrl-C before anything was hashed', async (t) => {
  const cwd = t.testdir({ folder: { a: 'a' } })
  const { code, stderr } = await runInProcess(['create', join(cwd, 'folder'), '--quiet', '-o', cwd], {
    env: { XDG_CACHE_HOME: join(cwd, 'cache') }, signal: AbortSignal.abort()
  })
  t.equal(code, 130)
  t.match(stderr, /^object-torrent: Interrupted before anything of \S+folder was hashed\.\n$/)
})
