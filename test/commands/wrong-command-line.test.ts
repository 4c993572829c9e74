import t from 'tap'
import { commandFirst } from '../../src/commands/command-first.js'
import { runInProcess } from './run-in-process.js'

const dir = t.testdir({ 'film.torrent': '', 'film.bin': '' })
const s3 = 's3://media/film.mkv'
const file = `${dir}/film.bin`

/** For each command: what is wrong with it, and what is said of that. */
const WRONG: Record<string, Array<[args: string[], says: RegExp, env?: Record<string, string>]>> = {
  serve: [
    [['--prot', '80'], /^Unknown option '--prot' \(Did you mean --port\?\); see object-torrent serve --help\.$/],
    [['--port'], /^Option '--port PORT' argument missing; see object-torrent serve --help\.$/],
    [['--data-dir', '--cors', 'off'], /^--data-dir needs a value; see --help\.$/],
    [['--port', 'http'], /^--port must be a whole number from 0 to 65535\.$/],
    [['--port', '80', '--port=81'], /^--port is given twice, and has one value; leave one of them\.$/],
    [['hash'], /^There is no command "hash"; see object-torrent --help\.$/],
    [['serve', 'film.bin'], /^There is no command "film\.bin"; see object-torrent --help\.$/],
    [['-x'], /^Unknown option '-x'/],
    [['help', 'hash'], /^There is no such command; see object-torrent --help\.$/],
    [['--json'], /^Unknown option '--json'/],
    [[], /^OBJECT_TORRENT_PORT must be a whole number from 0 to 65535\.$/, { OBJECT_TORRENT_PORT: 'http' }],
    [[], /^AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together\.$/, {
      AWS_ACCESS_KEY_ID: 'AKIA', OBJECT_TORRENT_ORIGIN: dir, OBJECT_TORRENT_DATA_DIR: '/elsewhere'
    }]
  ],
  store: [
    [['store'], /^Missing required argument 'action'; see object-torrent store --help\.$/],
    [['store', 'Stats'], /'Stats' is invalid .* Allowed choices are stats, verify, clear; see object-torrent store/],
    [['store', ''], /Allowed choices are stats, verify, clear/],
    [['store', 'stats', 'verify'], /^Too many arguments for 'store'/],
    [['store', 'stats', '--data-dir'], /^Option '--data-dir DIR' argument missing/],
    [['store', 'stats', '--data-dir', ''], /^--data-dir must not be empty\.$/],
    [['store', 'stats', '--data-dir', 'a', '--data-dir', 'a'], /^--data-dir is given twice/],
    [['store', 'stats', '--quiet'], /^Unknown option '--quiet'/]
  ],
  healthcheck: [
    [['healthcheck', 'x'], /^Too many arguments for 'healthcheck'/],
    [['healthcheck', '--port', 'http'], /^--port must be a whole number/],
    [['healthcheck'], /^OBJECT_TORRENT_PORT must be a whole number/, { OBJECT_TORRENT_PORT: 'http' }],
    [['healthcheck', '--port', '0', '--admin-port', '0'], /^Nobody knows the port/],
    [['healthcheck', '--quiet'], /^Unknown option '--quiet'/]
  ],
  create: [
    [['create'], /^Missing required argument 'source'; see object-torrent create --help\.$/],
    [['create', s3, 'more'], /^Too many arguments for 'create'/],
    [['create', s3, '--jsn'], /^Unknown option '--jsn' \(Did you mean --json\?\)/],
    [['create', s3, '-o'], /^Option '-o, --output <file>' argument missing/],
    [['create', s3, '-o', '--json'], /^--output needs a value/],
    [['create', s3, '-o', 'a', '-o', 'b'], /^--output is given twice/],
    [['create', s3, '--piece-length', '1000'], /^--piece-length 1000 is no power of two/],
    [['create', s3, '--announce', 'ftp://x/'], /^--announce "ftp:\/\/x\/" is no tracker URL/],
    [['create', s3, '--web-seed', 'ftp://x/'], /^--web-seed "ftp:\/\/x\/" is no http/],
    [['create', 's3://'], /is no s3:\/\/bucket\/key/],
    [['create', 's3://media'], /names no object/],
    [['create', 'magnet:?xt=urn:btih:x'], /^A magnet link/],
    [['create', file, '--version-id', 'x'], /^--version-id is for s3/],
    [['create', file, '-o', '-', '--json'], /would both write to standard output/],
    [['create', s3, '--endpoint-url', 'ftp://x'], /^--endpoint-url "ftp:\/\/x" is no http/],
    [['create', s3, '--request-payer', 'me'], /^--request-payer is followed by "requester"/],
    [['create', s3, '--region', 'us east'], /is no region/],
    [['create', s3, '--profile', 'nobody'], /^There is no AWS profile "nobody"/],
    [['create', s3], /^AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together/, { AWS_ACCESS_KEY_ID: 'A' }]
  ],
  show: [
    [['show'], /^Missing required argument 'torrent'/],
    [['show', 'a', 'b'], /^Too many arguments for 'show'/],
    [['show', 'a', '--quiet'], /^Unknown option '--quiet'/],
    [['show', 'http://a:b c'], /is no URL/]
  ],
  verify: [
    [['verify', 'film.torrent'], /^Missing required argument 'source'/],
    [['verify', 'a', 'b', 'c'], /^Too many arguments for 'verify'/],
    [['verify', 'a', 'b', '--version-id'], /^Option '--version-id <id>' argument missing/],
    [['verify', 'a', 'https://x/../y'], /has a \. or \.\. part/],
    [['verify', `magnet:?xt=urn:btih:${'0'.repeat(40)}`, 'b'], /^A magnet link names a torrent and holds none of its/]
  ],
  warm: [
    [['warm'], /^Missing required argument 'prefix'/],
    [['warm', 'media'], /is no s3:\/\/bucket\/key/],
    [['warm', 's3://media', '--concurrency', '0'], /^--concurrency 0 is no number from 1 to 256/],
    [['warm', 's3://media', '--server', 'ftp://x'], /^--server "ftp:\/\/x" is no http/],
    [['warm', 's3://media', '--origin', dir, '--piece-length', '7', '--data-dir', '/x'], /^--piece-length 7 is no power/],
    [['warm', 's3://media', '--origin', dir], /^OBJECT_TORRENT_X_AMZ_INFO must be one of: off, on\.$/, {
      OBJECT_TORRENT_X_AMZ_INFO: 'yes', OBJECT_TORRENT_DATA_DIR: '/x'
    }],
    [['warm', 's3://media', '--origin', `${dir}/nowhere`], /^The directory \S+nowhere cannot be read/],
    [['warm', 's3://media', '--origin', 'ftp://x'], /^--origin "ftp:\/\/x" is no http/]
  ]
}

for (const [command, cases] of Object.entries(WRONG)) {
  t.test(`${command}: a wrong command line or setting is one sentence, and exit code 2`, async (t) => {
    for (const [args, says, env = {}] of cases) {
      const what = [...args, ...Object.keys(env)].join(' ')
      const { code, stdout, stderr } = await runInProcess(args, {
        env: { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', ...env }
      })
      t.same([code, stdout], [2, ''], what)
      t.match(stderr, /^object-torrent: [^\n]+\.\n$/, `${what}: one sentence`)
      t.match(stderr.slice('object-torrent: '.length).trimEnd(), says)
    }
  })
}

t.test("options of the server may stand before the command's name", async (t) => {
  for (const [argv, expected] of [
    [['--data-dir', '/x', 'store', 'stats'], ['store', '--data-dir', '/x', 'stats']],
    [['--data-dir=/x', 'store', 'stats'], ['store', '--data-dir=/x', 'stats']],
    [['--data-dir', 'store', 'store', 'stats'], ['store', '--data-dir', 'store', 'stats']],
    [['--data-dir', '--port', 'serve'], ['serve', '--data-dir', '--port']],
    [['--port', '1', 'serve'], ['serve', '--port', '1']],
    [['--help', 'store'], ['store', '--help']],
    [['--port', '1'], ['--port', '1']],
    [['create', 'store'], ['create', 'store']],
    [['help', 'store'], ['help', 'store']],
    [['--', 'store'], ['--', 'store']],
    [[], []]
  ] as const) {
    t.same(commandFirst(argv), expected, argv.join(' '))
  }
  const { code, stdout } = await runInProcess(['--data-dir', dir, 'store', 'stats'])
  t.same([code, stdout], [1, `There is no store in ${dir}; --data-dir names another directory.\n`])
})
