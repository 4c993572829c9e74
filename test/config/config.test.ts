import { join } from 'node:path'
import t from 'tap'
import { ConfigError, readCommand } from '../../src/config/config.js'
import { variableOf } from '../../src/config/options.js'
import type { OptionName } from '../../src/config/options.js'

const dir = t.testdir({ file: 'no directory', buckets: { keys: { credentials: '' } } })
const at = (name: string): string => join(dir, name)
const buckets = ['--origin', at('buckets')]
const s3 = ['--origin', 'http://127.0.0.1:1']

const refusal = (args: string[], env: Record<string, string>): ConfigError => {
  try {
    readCommand(args, env)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error(`${args.join(' ')} is taken`)
}

/** The same in variables; undefined where a variable cannot say it. */
function asVariables (args: string[]): Record<string, string> | undefined {
  const env: Record<string, string> = {}
  for (const [, name, value] of `${args.join('\0')}\0`.matchAll(/--([a-z0-9-]+)[\0=]([^\0]*)\0/g)) {
    const variable = variableOf(name as OptionName)
    if (value === '' || value?.includes(' ') === true) return undefined
    env[variable] = variable in env ? `${env[variable]} ${value}` : String(value)
  }
  return args.every((arg, i) => arg.startsWith('--') || args[i - 1]?.startsWith('--')) && Object.keys(env).length > 0
    ? env
    : undefined
}

t.test('what cannot be is said in one sentence', async (t) => {
  let asked = 0
  const cases: Array<[what: string, args: string[], says: RegExp, env?: Record<string, string>]> = [
    ['a port with a fraction', ['--port', '80.5'], /--port must be integer/],
    ['a port that does not exist', ['--port', '65536'], /--port must be <= 65535/],
    ['a negative port', ['--port=-1'], /--port must be >= 0/],
    ['an empty port', ['--port', ''], /--port/],
    [
      'an origin of another scheme',
      ['--origin', 'ftp://127.0.0.1/'],
      /--origin "ftp:\/\/127\.0\.0\.1\/" is no http:\/\/ or https:\/\/ URL/
    ],
    ['an origin s3://', ['--origin', 's3://bucket'], /--origin "s3:\/\/bucket"/],
    [
      'an origin with a query',
      ['--origin', 'http://127.0.0.1:1/?a=b'],
      /--origin .*must not hold a user, a query or a fragment/
    ],
    [
      'an origin with a password',
      ['--origin', 'http://user:hunter2@127.0.0.1:1/'],
      /^(?!.*hunter2).*--origin .*must not hold a user/
    ],
    ['a directory that is missing', ['--origin', at('missing')], /The directory \S+missing cannot be read \(ENOENT\)/],
    ['a file as the directory', ['--origin', at('file')], /file is no directory/],
    ['an empty origin', ['--origin', ''], /--origin/],
    [
      'a piece length that is no power of two',
      [...buckets, '--piece-length', '1000'],
      /--piece-length 1000 is no power of two from 16384/
    ],
    [
      'a piece length that is too small',
      [...buckets, '--piece-length', '8192'],
      /--piece-length 8192 is no power of two from 16384/
    ],
    ['a piece length that is none', [...buckets, '--piece-length', '48000'], /--piece-length 48000/],
    ['a piece length that is too big', [...buckets, '--piece-length', '2147483648'], /--piece-length 2147483648/],
    ['a piece length in words', [...buckets, '--piece-length', '256K'], /--piece-length must match/],
    ['a negative size', [...buckets, '--max-object-size=-1'], /--max-object-size must be >= 0/],
    ['a size in words', [...buckets, '--max-object-size', '5G'], /--max-object-size must be integer/],
    [
      'a tracker of another scheme',
      [...buckets, '--announce', 'ftp://tracker.example/announce'],
      /--announce "ftp:\/\/tracker\.example\/announce" is no tracker URL/
    ],
    [
      'an empty tracker in a tier',
      [...buckets, '--announce', 'http://tracker.example/announce,'],
      /--announce "" is no tracker URL/
    ],
    [
      'a public URL with a query',
      [...buckets, '--public-url', 'https://example.net/?a=b'],
      /--public-url .*must not hold a user, a query or a fragment/
    ],
    [
      'a public URL with a fragment',
      [...buckets, '--public-url', 'https://example.net/#a'],
      /--public-url .*must not hold/
    ],
    [
      'a public URL that is none',
      [...buckets, '--public-url', 'example.net'],
      /--public-url "example\.net" is no http:\/\/ or https:\/\/ URL/
    ],
    [
      'an address of the seeder that is none',
      [...buckets, '--peer-address', 'seeder.example'],
      /--peer-address "seeder\.example" is no IP address/
    ],
    [
      'an address where no seeder can be',
      [...buckets, '--peer-address', '0.0.0.0'],
      /--peer-address "0\.0\.0\.0" is no address that a peer can be at/
    ],
    [
      'two of one family',
      [...buckets, '--peer-address', '192.0.2.1', '--peer-address', '192.0.2.2'],
      /--peer-address takes one IPv4 and one IPv6 address, and not both 192\.0\.2\.1 and 192\.0\.2\.2/
    ],
    ['two of one family, one of which does not look so', buckets, /and not both 192\.0\.2\.1 and ::ffff:192\.0\.2\.2/, {
      OBJECT_TORRENT_PEER_ADDRESS: '192.0.2.1 ::ffff:192.0.2.2'
    }],
    ['an owner without =', [...buckets, '--bucket-owner', 'media'], /--bucket-owner "media" is not bucket=id/],
    ['an owner without an id', [...buckets, '--bucket-owner', 'media='], /--bucket-owner "media=" is not bucket=id/],
    ['an owner of no bucket', [...buckets, '--bucket-owner', 'M:x=1'], /--bucket-owner: "M:x" is no bucket name/],
    ['a bad domain', [...buckets, '--domain', 'a b'], /--domain "a b" is no domain name/],
    ['a domain with a port', [...buckets, '--domain', 'a.example:80'], /--domain "a\.example:80" is no domain name/],
    ['a region that cannot be signed', [...buckets, '--region', 'us east'], /--region must match/],
    ['a flag without its value', ['--port'], /'--port.*see --help/],
    ['two commands', ['serve', 'film.bin'], /There is no command "serve film\.bin"; see --help/],
    ['two store commands', ['store', 'stats', 'verify'], /There is no command "store stats verify"; see --help/],
    [
      'a store command in capitals',
      ['store', 'Stats'],
      /object-torrent store is followed by stats, verify, clear; see --help/
    ],
    ['a store command that is empty', ['store', ''], /object-torrent store is followed by stats, verify, clear/],
    [
      '--public on an S3 origin without a key pair',
      [...s3, '--public', 'media'],
      /--public needs the server's own key pair/
    ],
    [
      '--public of keys that are never published',
      [...buckets, '--public', 'media/a/../b/'],
      /--public media\/a\/\.\.\/b\/ has a \. or \.\. part, and no key with one is ever published/
    ],
    ['--public of no bucket', [...buckets, '--public', '/prefix'], /--public: "" is no bucket name/],
    ['--public of the own paths', [...buckets, '--public=-/seed/'], /--public: "-" is no bucket name/],
    [
      'a data directory that is a bucket',
      ['--origin', dir, '--data-dir', at('data')],
      /--data-dir \S+data is in the directory of --origin, where it would be a bucket's: name another place/
    ],
    [
      'a data directory in a bucket',
      [...buckets, '--data-dir', at('buckets/keys/data')],
      /--data-dir \S+ is in the directory of --origin/
    ],
    [
      'a credentials file in a bucket',
      [...buckets, '--credentials-file', at('buckets/keys/credentials')],
      /--credentials-file \S+ is in the directory of --origin/
    ],
    [
      'a private key in a bucket',
      [...buckets, '--tls-cert', at('file'), '--tls-key', at('buckets/keys/credentials')],
      /--tls-key \S+ is in the directory of --origin/
    ],
    ['an access key id with a space', buckets, /AWS_ACCESS_KEY_ID has a space/, {
      AWS_ACCESS_KEY_ID: 'A B', AWS_SECRET_ACCESS_KEY: 's'
    }],
    [
      'a web seed without slashes',
      [...buckets, '--web-seed', 'https:cdn.example/{key}'],
      /--web-seed "https:cdn\.example\/\{key\}" is neither/
    ],
    [
      'a tracker without slashes',
      [...buckets, '--announce', 'http:tracker.example/announce'],
      /--announce "http:tracker\.example\/announce" is no tracker URL/
    ],
    ['half a key pair', buckets, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together/, {
      AWS_ACCESS_KEY_ID: 'AKIA'
    }],
    ['the other half', buckets, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together/, {
      AWS_SECRET_ACCESS_KEY: 'secret'
    }],
    [
      'a certificate without its key',
      [...buckets, '--tls-cert', at('file')],
      /--tls-cert and --tls-key must be given together/
    ],
    [
      'a key without its certificate',
      [...buckets, '--tls-key', at('file')],
      /--tls-cert and --tls-key must be given together/
    ],
    ['a choice that is not offered', [...buckets, '--anonymous', 'yes'], /--anonymous .*: origin, deny/],
    ['another', [...buckets, '--log-level', 'loud'], /--log-level .*: info, debug, warn, error, silent/],
    ['another', [...buckets, '--log-format', 'text'], /--log-format .*: auto, json, pretty/],
    ['another', [...buckets, '--origin-addressing', 'dns'], /--origin-addressing .*: path, virtual/],
    ['another', [...buckets, '--signature-v2', 'true'], /--signature-v2 .*: on, off/],
    ['a public URL that is none', [...buckets, '--public-url', 'https://[x'], /--public-url/],
    ['another', [...buckets, '--x-amz-info', '1'], /--x-amz-info .*: off, on/]
  ]
  for (const [what, args, says, env = {}] of cases) {
    const { message } = refusal(args, env)
    t.match(message, /^[^\n]+\.$/, `${what}: one sentence`)
    t.match(message, says, `${what}: ${args.join(' ').replaceAll(dir, '')}`)
    const variables = asVariables(args)
    if (variables === undefined) continue
    asked++
    const expected = Object.keys(variables).reduce((text, variable) => text.replace(
      new RegExp(`--${variable.replace('OBJECT_TORRENT_', '').toLowerCase().replaceAll('_', '-')}(?!-)`, 'g'), variable
    ), message)
    t.equal(refusal([], { ...env, ...variables }).message, expected, `${what}: what was given is named`)
  }
  t.ok(asked > 40)
})

t.test('what is given twice and has one value is refused', async (t) => {
  t.equal(
    refusal(['--port', '80', '--port=81'], {}).message, '--port is given twice, and has one value; leave one of them.'
  )
  t.equal(
    refusal(['store', 'stats', '--data-dir', 'a', '--data-dir', 'a', '--data-dir', 'b'], {}).message,
    '--data-dir is given 3 times, and has one value; leave one of them.'
  )
  t.equal(
    readCommand([...buckets, '--port', '80', '--public', 'a', '--public', 'b'], { OBJECT_TORRENT_PORT: '81' }).name,
    'serve',
    'a flag wins over its variable, and lists are lists'
  )
})

t.test("Kubernetes' links to Services are no settings", async (t) => {
  const env = {
    OBJECT_TORRENT_PORT: 'tcp://10.0.48.109:8080',
    OBJECT_TORRENT_TRACKER_PORT: 'udp://10.0.48.110:6969',
    OBJECT_TORRENT_ADMIN_PORT: 'tcp://[fd00::1]:1',
    OBJECT_TORRENT_PEER_PORT: 'TCP://10.0.48.109:8080'
  }
  const others = {
    OBJECT_TORRENT_SERVICE_HOST: '10.0.48.109',
    OBJECT_TORRENT_SERVICE_PORT: '8080',
    OBJECT_TORRENT_PORT_8080_TCP: 'tcp://10.0.48.109:8080',
    OBJECT_TORRENT_PORT_8080_TCP_PORT: '8080'
  }
  const command = readCommand(buckets, { ...env, ...others })
  if (command.name !== 'serve') throw new Error(command.name)
  t.match(command.config, { port: 8080, tracker: { port: 6969 }, seeder: { port: 6881 }, admin: { port: 9090 } })
  t.strictSame([...command.config.serviceLinks].sort(), Object.keys(env).sort())
  const told = readCommand([...buckets, '--port', '1'], {
    ...env, OBJECT_TORRENT_TRACKER_URL: 'udp://10.0.48.110:6969'
  })
  t.match(
    told, { config: { port: 1, tracker: { urls: ['udp://10.0.48.110:6969'] } } }, 'a URL is one where URLs are meant'
  )
  t.match(refusal(['--port', 'tcp://10.0.48.109:8080'], {}).message, '--port must be integer')
})

t.test('a command reads what is its own', async (t) => {
  const env = {
    OBJECT_TORRENT_PORT: 'http',
    OBJECT_TORRENT_ORIGIN: '/nowhere',
    OBJECT_TORRENT_PUBLIC: '-',
    OBJECT_TORRENT_DATA_DIR: '/kept'
  }
  t.strictSame(readCommand(['store', 'stats'], env), {
    name: 'store', store: { action: 'stats', directory: '/kept', named: 'OBJECT_TORRENT_DATA_DIR' }
  })
  t.match(readCommand(['healthcheck', '--admin-port', '0'], { ...env, OBJECT_TORRENT_PORT: '8081' }), {
    name: 'healthcheck', listeners: { host: '127.0.0.1', port: 8081, admin: undefined }
  })
  t.equal(refusal(['healthcheck'], env).message, 'OBJECT_TORRENT_PORT must be integer.')
  t.equal(refusal(['healthcheck', 'x'], {}).message, 'There is no command "healthcheck x"; see --help.')
  t.strictSame(
    ['help', 'serve', 'store', 'healthcheck'].map((word) => readCommand(['help', word], {})).map(
      (command) => 'of' in command && command.of
    ),
    ['serve', 'serve', 'store', 'healthcheck']
  )
})

t.test("the seeder's addresses: of each family one", async (t) => {
  const addresses = (args: string[], env: Record<string, string> = {}): unknown => {
    const command = readCommand([...buckets, ...args], env)
    return command.name === 'serve' ? command.config.seeder?.addresses : undefined
  }
  t.same(addresses([]), [])
  t.same(addresses(['--peer-address', '192.0.2.1']), ['192.0.2.1'])
  t.same(addresses(['--peer-address', '2001:db8::1', '--peer-address', '192.0.2.1']), ['2001:db8::1', '192.0.2.1'])
  t.same(addresses([], { OBJECT_TORRENT_PEER_ADDRESS: '192.0.2.1 2001:db8::1' }), ['192.0.2.1', '2001:db8::1'])
})

t.test('what no URL holds is escaped in the public URL', async (t) => {
  const command = readCommand([...buckets, '--public-url', 'https://b\u00FCcher.example/my films/[2020]|\u00FC/'], {})
  t.equal(
    command.name === 'serve' && command.config.publicUrl, 'https://xn--bcher-kva.example/my%20films/%5B2020%5D%7C%C3%BC'
  )
})
