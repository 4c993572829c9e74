import { join } from 'node:path'
import t from 'tap'
import { ConfigError } from '../../src/config/config-error.js'
import { LISTENER_OPTIONS, listenersOf } from '../../src/config/listeners.js'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/load.js'
import { isList, variableOf } from '../../src/config/options.js'
import type { OptionName } from '../../src/config/options.js'
import { readSettings } from '../../src/config/settings.js'
import type { GivenOptions } from '../../src/config/settings.js'

const dir = t.testdir({ file: 'no directory', buckets: { keys: { credentials: '' } } })
const at = (name: string): string => join(dir, name)
const buckets = ['--origin', at('buckets')]
const s3 = ['--origin', 'http://127.0.0.1:1']

/** As a command line has them: `--port 80`, `--port=80`. */
function given (args: readonly string[]): GivenOptions {
  const options: Partial<Record<OptionName, string | string[]>> = {}
  for (const [, word = '', value = ''] of `${args.join('\0')}\0`.matchAll(/--([a-z0-9-]+)[\0=]([^\0]*)\0/g)) {
    const name = word as OptionName
    options[name] = isList(name) ? [...options[name] ?? [], value] : value
  }
  return options
}

const configOf = (args: string[], env: Record<string, string> = {}): Config => loadConfig(given(args), env).config

const refusal = (args: string[], env: Record<string, string>): ConfigError => {
  try {
    configOf(args, env)
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
    ['a port with a fraction', ['--port', '80.5'], /--port must be a whole number from 0 to 65535/],
    ['a port that does not exist', ['--port', '65536'], /--port must be a whole number from 0 to 65535/],
    ['a negative port', ['--port=-1'], /--port must be a whole number from 0 to 65535/],
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
    ['a piece length in words', [...buckets, '--piece-length', '256K'], /--piece-length must be a number of bytes, or auto/],
    ['a negative size', [...buckets, '--max-object-size=-1'], /--max-object-size must be a whole number, 0 or more/],
    ['a size in words', [...buckets, '--max-object-size', '5G'], /--max-object-size must be a whole number, 0 or more/],
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
    ['a region that cannot be signed', [...buckets, '--region', 'us east'], /--region must be lower-case letters, digits and hyphens/],
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

t.test('a value wins over its variable, and a list is one value or several', async (t) => {
  const env = { OBJECT_TORRENT_PORT: '81', OBJECT_TORRENT_PUBLIC: ' a  b ', OBJECT_TORRENT_CORS: '' }
  t.match(configOf([...buckets, '--port', '80'], env), { port: 80, public: ['a', 'b'], cors: true })
  t.match(configOf([...buckets, '--public', 'c'], env), { port: 81, public: ['c'] })
  t.match(loadConfig({ ...given(buckets), public: 'c' }, {}).config.public, ['c'])
  t.match(configOf([...buckets, '--max-object-size', '5e9']), { maxObjectSize: 5_000_000_000 })
  t.match(configOf([...buckets, '--browse', 'on']), { browse: true })
  t.match(configOf([...buckets, '--max-prefix-objects', '1']), { maxPrefixObjects: 1 })
  for (const wrong of ['0', '1000001']) {
    t.equal(
      refusal([...buckets, '--max-prefix-objects', wrong], {}).message,
      '--max-prefix-objects must be a whole number from 1 to 1000000.'
    )
  }
  t.equal(refusal(['--port', ' '], {}).message, '--port must be a whole number from 0 to 65535.')
  t.throws(() => loadConfig({ port: ['80', '81'] }, {}), { message: '--port has one value.' })
})

t.test('what nobody says is the default', async (t) => {
  const { config, named } = loadConfig(given(buckets), {})
  t.match(config, {
    host: '127.0.0.1',
    port: 8080,
    tls: undefined,
    admin: { host: '127.0.0.1', port: 9090, token: undefined },
    region: 'us-east-1',
    anonymous: 'origin',
    public: [],
    webSeeds: ['self'],
    announce: [],
    pieceLength: 'auto',
    maxPrefixObjects: 10_000,
    tracker: { port: 6969, interval: 900 },
    seeder: { port: 6881, slots: 64 },
    delivery: { total: 0, perClient: 0 },
    hashing: { readsPerObject: 8, reads: 16, maxJobs: 16, maxQueue: 1024, graceMs: 300_000 },
    logLevel: 'info',
    logFormat: 'auto',
    xAmzInfo: false,
    cors: true,
    browse: false,
    signatureV2: true
  })
  t.ok(Object.isFrozen(config))
  t.equal(named('port'), '--port')
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
  const config = configOf(buckets, { ...env, ...others })
  t.match(config, { port: 8080, tracker: { port: 6969 }, seeder: { port: 6881 }, admin: { port: 9090 } })
  t.strictSame([...config.serviceLinks].sort(), Object.keys(env).sort())
  const meant = configOf([...buckets, '--port', '1'], { ...env, OBJECT_TORRENT_TRACKER_URL: 'udp://10.0.48.110:6969' })
  t.match(meant, { port: 1, tracker: { urls: ['udp://10.0.48.110:6969'] } }, 'a URL is one where URLs are meant')
  t.match(refusal(['--port', 'tcp://10.0.48.109:8080'], {}).message, '--port must be a whole number from 0 to 65535.')
})

t.test('the reader of some options does not mind what is wrong with others', async (t) => {
  const env = {
    OBJECT_TORRENT_PORT: 'http',
    OBJECT_TORRENT_ORIGIN: '/nowhere',
    OBJECT_TORRENT_PUBLIC: '-',
    OBJECT_TORRENT_DATA_DIR: '/kept'
  }
  const { values, named } = readSettings(['data-dir'], {}, env)
  t.strictSame([values, named('data-dir')], [{ 'data-dir': '/kept' }, 'OBJECT_TORRENT_DATA_DIR'])
  const listeners = listenersOf(readSettings(LISTENER_OPTIONS, { 'admin-port': '0', port: '8081' }, env))
  t.match(listeners, { host: '127.0.0.1', port: 8081, admin: undefined })
  t.throws(() => readSettings(LISTENER_OPTIONS, {}, env), {
    message: 'OBJECT_TORRENT_PORT must be a whole number from 0 to 65535.'
  })
})

t.test("the seeder's addresses: of each family one", async (t) => {
  const addresses = (args: string[], env: Record<string, string> = {}): unknown =>
    configOf([...buckets, ...args], env).seeder?.addresses
  t.same(addresses([]), [])
  t.same(addresses(['--peer-address', '192.0.2.1']), ['192.0.2.1'])
  t.same(addresses(['--peer-address', '2001:db8::1', '--peer-address', '192.0.2.1']), ['2001:db8::1', '192.0.2.1'])
  t.same(addresses([], { OBJECT_TORRENT_PEER_ADDRESS: '192.0.2.1 2001:db8::1' }), ['192.0.2.1', '2001:db8::1'])
})

t.test('what no URL holds is escaped in the public URL', async (t) => {
  const { publicUrl } = configOf([...buckets, '--public-url', 'https://b\u00FCcher.example/my films/[2020]|\u00FC/'])
  t.equal(publicUrl, 'https://xn--bcher-kva.example/my%20films/%5B2020%5D%7C%C3%BC')
})
