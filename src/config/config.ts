import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { relative, resolve, sep } from 'node:path'
import ipaddr from 'ipaddr.js'
import { accessKeyIdFault } from '../credentials/key-pair.js'
import type { KeyPair } from '../credentials/key-pair.js'
import type { LogFormat } from '../http/log-stream.js'
import type { TlsFiles } from '../net/tls-certificate.js'
import { OPTIONS } from './options.js'
import type { OptionName } from './options.js'
import type { HasherOptions } from '../hashing/hasher.js'
import {
  assertPublished, cacheBytesOf, domainOf, ownerOf, peerAddressesOf, pieceLengthOf, rangeOf, trackerOf, urlOf,
  webSeedsOf
} from './setting-values.js'
import { ConfigError, readCommandLine, readSettings } from './settings.js'
import type { Environment, Naming, Settings } from './settings.js'
import type { WebSeed } from '../torrent/web-seed-url.js'

export { pieceLengthOf, trackerOf, urlOf } from './setting-values.js'
export { ConfigError } from './settings.js'
export type { Environment } from './settings.js'

/** Where a server listens for clients of S3, and for its operator. */
export interface Listeners {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Files; undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined
  readonly admin: AdminConfig | undefined
}

export interface Config extends Listeners {
  /** Variables that Kubernetes has made, and nobody meant. */
  readonly serviceLinks: readonly string[]
  readonly origin: { readonly endpoint: string, readonly addressing: 'path' | 'virtual' } | {
    readonly directory: string
  }
  readonly region: string
  readonly domains: readonly string[]
  readonly credentialsFile: string | undefined
  /** Of the variables. */
  readonly own: KeyPair | undefined
  readonly ownCredentials: 'env' | 'default'
  readonly anonymous: 'origin' | 'deny'
  readonly public: readonly string[]
  readonly signatureV2: boolean
  /** Without a slash at its end; undefined: the listener's address. */
  readonly publicUrl: string | undefined
  /** Empty: none. */
  readonly webSeeds: readonly WebSeed[]
  readonly announce: ReadonlyArray<readonly string[]>
  readonly tracker: TrackerConfig | undefined
  readonly seeder: SeederConfig | undefined
  readonly upload: { readonly total: number, readonly perClient: number, readonly cacheBytes: number }
  /** Addresses and CIDR ranges. */
  readonly trustProxy: readonly string[]
  /** Of one network at once; 0: no limit. */
  readonly perNetwork: { readonly connections: number, readonly requests: number }
  readonly cors: boolean
  readonly pieceLength: number | 'auto'
  readonly maxObjectSize: number
  readonly bucketOwners: ReadonlyMap<string, string>
  readonly dataDir: string
  /** Bytes. */
  readonly storeSize: number
  readonly hashing: HasherOptions
  readonly xAmzInfo: boolean
  /** For what is configured as it is for AWS's own tools. */
  readonly environment: Environment
  readonly logLevel: string
  readonly logFormat: LogFormat
}

export interface TrackerConfig {
  readonly port: number
  /** As they are written into torrents; empty: made of the public URL's host and the port. */
  readonly urls: readonly string[]
  /** Seconds. */
  readonly interval: number
}

export interface SeederConfig {
  readonly port: number
  /** What peers are told, of each family one at most; none: what they have reached. */
  readonly addresses: readonly string[]
  readonly slots: number
}

export interface AdminConfig {
  readonly host: string
  readonly port: number
  /** Undefined on loopback alone. */
  readonly token: string | undefined
}

const STORE_ACTIONS = ['stats', 'verify', 'clear'] as const

export interface StoreCommand {
  readonly action: (typeof STORE_ACTIONS)[number]
  /** The data directory, and what it was given as. */
  readonly directory: string
  readonly named: string
}

const HELPED = ['store', 'healthcheck'] as const

export type Command =
  | { readonly name: 'help', readonly of: 'serve' | (typeof HELPED)[number] }
  | { readonly name: 'version' }
  | { readonly name: 'serve', readonly config: Config, readonly named: Naming }
  | { readonly name: 'healthcheck', readonly listeners: Listeners }
  | { readonly name: 'store', readonly store: StoreCommand }

const NAMES = Object.keys(OPTIONS) as OptionName[]
const OF_LISTENERS = [
  'host', 'port', 'tls-cert', 'tls-key', 'admin-port', 'admin-host', 'admin-token'
] as const satisfies readonly OptionName[]

/** What a command line and an environment ask for: the only reader of both. @throws ConfigError */
export function readCommand (argv: readonly string[], env: Environment): Command {
  const line = readCommandLine(argv)
  const [first, second] = line.words
  if (line.flags['help'] === true || first === 'help') {
    return { name: 'help', of: HELPED.find((name) => name === (first === 'help' ? second : first)) ?? 'serve' }
  }
  if (line.flags['version'] === true) return { name: 'version' }
  const [command = 'serve', action, ...more] = line.words
  if (command === 'store' && more.length === 0) {
    return { name: 'store', store: storeCommandOf(action, readSettings(['data-dir'], line, env)) }
  }
  if (command === 'healthcheck' && action === undefined) {
    return { name: 'healthcheck', listeners: listenersOf(readSettings(OF_LISTENERS, line, env)) }
  }
  if (command !== 'serve' || action !== undefined) {
    throw new ConfigError(`There is no command "${line.words.join(' ')}"; see --help.`)
  }
  const settings = readSettings(NAMES, line, env)
  return { name: 'serve', config: Object.freeze(configOf(settings, ownKeyPair(env), env)), named: settings.named }
}

function storeCommandOf (word: string | undefined, { values, named }: Settings<'data-dir'>): StoreCommand {
  const action = STORE_ACTIONS.find((action) => action === word)
  if (action === undefined) {
    throw new ConfigError(`object-torrent store is followed by ${STORE_ACTIONS.join(', ')}; see --help.`)
  }
  return { action, directory: resolve(values['data-dir']), named: named('data-dir') }
}

export function version (): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

/** @throws ConfigError */
export function ownKeyPair ({
  AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken
}: Environment): KeyPair | undefined {
  if (!accessKeyId && !secretAccessKey) return undefined
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.')
  }
  const fault = accessKeyIdFault(accessKeyId)
  if (fault !== undefined) throw new ConfigError(`AWS_ACCESS_KEY_ID has ${fault}.`)
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

function configOf (settings: Settings, own: KeyPair | undefined, environment: Environment): Config {
  const { values, named, serviceLinks } = settings
  const origin = originOf(settings)
  if ('directory' in origin) assertNoObject(origin.directory, settings)
  for (const entry of values.public) assertPublished(entry, named('public'))
  if (values.public.length > 0 && 'endpoint' in origin && own === undefined && values['own-credentials'] === 'env') {
    throw new ConfigError(
      `${named('public')} needs the server's own key pair: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ` +
      '--own-credentials default for a profile or a role.'
    )
  }
  return {
    ...listenersOf(settings),
    serviceLinks,
    origin,
    region: values.region,
    domains: values.domain.map((text) => domainOf(text, named('domain'))),
    credentialsFile: values['credentials-file'] && resolve(values['credentials-file']),
    own,
    ownCredentials: values['own-credentials'],
    anonymous: values.anonymous,
    public: values.public,
    signatureV2: values['signature-v2'] === 'on',
    publicUrl: values['public-url'] && urlOf(named('public-url'), values['public-url'], ['http:', 'https:']),
    webSeeds: webSeedsOf(values['web-seed'], named('web-seed')),
    announce: values.announce.map((tier) => tier.split(',').map((url) => trackerOf(named('announce'), url))),
    tracker: values['tracker-port'] === 0
      ? undefined
      : {
          port: values['tracker-port'],
          urls: values['tracker-url'].map((url) => trackerOf(named('tracker-url'), url)),
          interval: values['announce-interval']
        },
    seeder: values['peer-port'] === 0
      ? undefined
      : {
          port: values['peer-port'],
          addresses: peerAddressesOf(values['peer-address'], named('peer-address')),
          slots: values['upload-slots']
        },
    upload: {
      total: values['upload-limit'],
      perClient: values['upload-limit-per-client'],
      cacheBytes: cacheBytesOf(values['cache-size'], named('cache-size'))
    },
    trustProxy: values['trust-proxy'].map((text) => rangeOf(text, named('trust-proxy'))),
    perNetwork: { connections: values['max-connections-per-address'], requests: values['max-requests-per-address'] },
    cors: values.cors === 'on',
    pieceLength: pieceLengthOf(values['piece-length'], named('piece-length')),
    maxObjectSize: values['max-object-size'],
    bucketOwners: new Map(values['bucket-owner'].map((text) => ownerOf(text, named('bucket-owner')))),
    dataDir: resolve(values['data-dir']),
    storeSize: values['store-size'],
    hashing: {
      threads: values['hash-threads'] || availableParallelism(),
      readsPerObject: values['reads-per-object'],
      reads: values.reads,
      maxJobs: values['max-jobs'],
      maxQueue: values['max-queue'],
      graceMs: values['job-grace'] * 1000
    },
    xAmzInfo: values['x-amz-info'] === 'on',
    environment,
    logLevel: values['log-level'],
    logFormat: values['log-format']
  }
}

function listenersOf ({ values, named }: Settings<(typeof OF_LISTENERS)[number]>): Listeners {
  const {
    host, port, 'tls-cert': cert, 'tls-key': key, 'admin-port': adminPort, 'admin-host': adminHost, 'admin-token': token
  } = values
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(`${named('tls-cert')} and ${named('tls-key')} must be given together.`)
  }
  return {
    host,
    port,
    tls: cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) },
    admin: adminPort === 0 ? undefined : adminOf(adminHost, adminPort, token, named)
  }
}

function originOf ({ values: { origin, 'origin-addressing': addressing }, named }: Settings): Config['origin'] {
  const name = named('origin')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(origin)) return { endpoint: urlOf(name, origin, ['http:', 'https:']), addressing }
  const directory = resolve(origin)
  try {
    if (statSync(directory).isDirectory()) {
      accessSync(directory, constants.R_OK | constants.X_OK)
      return { directory }
    }
  } catch (cause) {
    throw new ConfigError(
      `The directory ${directory} cannot be read (${String((cause as NodeJS.ErrnoException).code)}); ${name} names ` +
      'a directory of buckets or an S3 endpoint.',
      { cause }
    )
  }
  throw new ConfigError(`${directory} is no directory; ${name} names a directory of buckets or an S3 endpoint.`)
}

// Every directory but a hidden one is a bucket to whoever asks for it: what this server keeps for itself must not be an
// object.
function assertNoObject (directory: string, { values, named }: Settings): void {
  for (const name of ['data-dir', 'credentials-file', 'tls-key'] as const) {
    const path = values[name]
    if (path === undefined) continue
    const parts = relative(directory, resolve(path)).split(sep)
    const isBucket = name === 'data-dir' || parts.length > 1
    if (isBucket && parts[0] !== '' && !parts[0]?.startsWith('.')) {
      throw new ConfigError(
        `${named(name)} ${path} is in the directory of ${named('origin')}, where it would be a bucket's: name ` +
        'another place.'
      )
    }
  }
}

function adminOf (host: string, port: number, token: string | undefined, named: Naming): AdminConfig {
  if (token === undefined && host !== 'localhost' && !isLoopback(host)) {
    throw new ConfigError(
      `${named('admin-host')} ${host} is not loopback: set OBJECT_TORRENT_ADMIN_TOKEN, 16 characters at least.`
    )
  }
  if (token !== undefined && !/^[\x21-\x7E]{16,}$/.test(token)) {
    throw new ConfigError(`${named('admin-token')} needs 16 characters or more, of ASCII and without spaces.`)
  }
  return { host, port, token }
}

function isLoopback (host: string): boolean {
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback'
}
