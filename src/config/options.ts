export interface OptionSchema {
  readonly type: 'string' | 'integer' | 'array'
  /** What --help calls the value. */
  readonly title: string
  readonly description: string
  /** Where there is none, the option may be left out. */
  readonly default?: string | number | readonly string[]
  readonly minLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

const choice = <const T extends readonly string[]>(description: string, ...values: T) =>
  ({ type: 'string', enum: values, default: values[0], description, title: values.join('|') }) as const
const list = (title: string, description: string) =>
  ({ type: 'array', items: { type: 'string', minLength: 1 }, default: [], title, description }) as const

/** Every option as a JSON Schema, by flag name. A flag wins over its environment variable. */
export const OPTIONS = {
  host: { type: 'string', title: 'ADDRESS', description: 'Address to listen on', default: '127.0.0.1', minLength: 1 },
  port: {
    type: 'integer',
    title: 'PORT',
    description: 'Port to listen on; 0: any free one',
    default: 8080,
    minimum: 0,
    maximum: 65535
  },
  'tls-cert': {
    type: 'string',
    title: 'FILE',
    description: 'Certificate with its chain, PEM: HTTPS instead of HTTP; read again when it changes',
    minLength: 1
  },
  'tls-key': { type: 'string', title: 'FILE', description: 'Its private key, PEM', minLength: 1 },
  origin: {
    type: 'string',
    title: 'URL|DIR',
    description: 'An S3 endpoint http(s)://…, or a directory whose subdirectories are buckets',
    default: './buckets',
    minLength: 1
  },
  'origin-addressing': choice('How the origin takes the bucket', 'path', 'virtual'),
  region: {
    type: 'string',
    title: 'REGION',
    description: 'Of the origin, and of the credential scope that clients sign',
    default: 'us-east-1',
    pattern: '^[a-z0-9-]+$'
  },
  domain: list('DOMAIN', 'Base domain of virtual-hosted requests, bucket.DOMAIN; repeatable'),
  'credentials-file': {
    type: 'string',
    title: 'FILE',
    description: 'AWS shared credentials file; every profile is a key pair that clients may sign with',
    minLength: 1
  },
  anonymous: choice('Unsigned requests go to the origin unsigned, or are refused', 'origin', 'deny'),
  public: list('BUCKET[/PREFIX]', "Keys that everybody may read, with the server's own key pair; repeatable"),
  'own-credentials': choice(
    "Where the server's own key pair comes from: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY alone, or wherever " +
    "AWS's tools find one (profile, role of the instance, container or service account), renewed",
    'env',
    'default'
  ),
  'signature-v2': choice("Accept Signature Version 2: boto3's default presign of GetObjectTorrent", 'on', 'off'),
  'public-url': {
    type: 'string',
    title: 'URL',
    description: "Base of the URLs written into torrents; else the listener's address",
    minLength: 1
  },
  'web-seed': list(
    'self|none|URL',
    'Web seeds of public torrents: this server (the default), none, or a URL with {bucket} and {key} in it, e.g. ' +
    'of a CDN; repeatable'
  ),
  announce: list('URL[,URL…]', 'More tracker URLs; repeated: tiers, comma within: one tier'),
  'tracker-port': {
    type: 'integer',
    title: 'PORT',
    description: 'Port of the tracker of public torrents, HTTP and UDP; 0: none',
    default: 6969,
    minimum: 0,
    maximum: 65535
  },
  'tracker-url': list(
    'URL', "The tracker's URLs where they are not http and udp at the public URL's host and that port; repeatable"
  ),
  'announce-interval': {
    type: 'integer',
    title: 'SECONDS',
    description: 'How often peers announce themselves; silent ones are forgotten after twice that',
    default: 900,
    minimum: 1,
    maximum: 86400
  },
  'peer-port': {
    type: 'integer',
    title: 'PORT',
    description: 'Port of the seeder of public torrents; 0: none',
    default: 6881,
    minimum: 0,
    maximum: 65535
  },
  'peer-address': list(
    'ADDRESS',
    'Where peers find the seeder, one IPv4 and one IPv6 address; else the address that they have reached the ' +
    'tracker at; repeatable'
  ),
  'upload-slots': {
    type: 'integer',
    title: 'N',
    description: 'Peers that the seeder serves at once',
    default: 64,
    minimum: 1,
    maximum: 1000
  },
  'upload-limit': {
    type: 'integer',
    title: 'BYTES',
    description: 'A second, by web seed and to peers together; 0: no limit',
    default: 0,
    minimum: 0
  },
  'upload-limit-per-client': {
    type: 'integer', title: 'BYTES', description: 'A second, to one address; 0: no limit', default: 0, minimum: 0
  },
  'cache-size': {
    type: 'string',
    title: 'BYTES|auto',
    description: 'Of objects in memory, shared by web seed and seeder; auto: an eighth of the memory, 1 GiB at most',
    default: 'auto',
    pattern: '^(auto|[0-9]+)$'
  },
  'trust-proxy': list('CIDR', 'Reverse proxies whose X-Forwarded-For is believed; repeatable'),
  'max-connections-per-address': {
    type: 'integer',
    title: 'N',
    description: 'Connections of one address (IPv6: one /64) to a port at once, more are SlowDown; --trust-proxy ' +
      'is not counted; 0: no limit',
    default: 512,
    minimum: 0
  },
  'max-requests-per-address': {
    type: 'integer',
    title: 'N',
    description: 'Requests of one address (IPv6: one /64) at once, behind --trust-proxy too; more are SlowDown; 0: ' +
      'no limit',
    default: 256,
    minimum: 0
  },
  cors: choice('Pages of any web site may read what this server answers', 'on', 'off'),
  'admin-port': {
    type: 'integer',
    title: 'PORT',
    description: 'Port of dashboard, /metrics, /healthz, /readyz and bucket notifications; 0: none',
    default: 9090,
    minimum: 0,
    maximum: 65535
  },
  'admin-host': {
    type: 'string',
    title: 'ADDRESS',
    description: 'Address that the admin port listens on',
    default: '127.0.0.1',
    minLength: 1
  },
  'admin-token': {
    type: 'string',
    title: 'TOKEN',
    description: 'Bearer token of the admin port, better in its variable; needed on other addresses than loopback, ' +
      'and for bucket notifications'
  },
  'piece-length': {
    type: 'string',
    title: 'BYTES|auto',
    description: 'A power of two from 16384; auto: 1,024 to 2,048 pieces (S3 itself: 262144)',
    default: 'auto',
    pattern: '^(auto|[0-9]+)$'
  },
  'max-object-size': {
    type: 'integer',
    title: 'BYTES',
    description: 'Objects of this size or more are refused; 0: no limit',
    default: 5368709120,
    minimum: 0
  },
  'bucket-owner': list('BUCKET=ID', 'The owner, for origins that ignore x-amz-expected-bucket-owner; repeatable'),
  'data-dir': {
    type: 'string',
    title: 'DIR',
    description: 'Where hashes are kept; made if there is none',
    default: './data',
    minLength: 1
  },
  'store-size': {
    type: 'integer',
    title: 'BYTES',
    description: 'Of the file in it; hashes that were used least recently go first',
    default: 1073741824,
    minimum: 1048576
  },
  'hash-threads': {
    type: 'integer',
    title: 'N',
    description: 'Threads that read and hash; 0: one for each core',
    default: 0,
    minimum: 0,
    maximum: 256
  },
  'reads-per-object': {
    type: 'integer',
    title: 'N',
    description: 'Parts of one object that are read at once',
    default: 8,
    minimum: 1,
    maximum: 64
  },
  reads: {
    type: 'integer',
    title: 'N',
    description: 'Parts of all objects that are read at once',
    default: 16,
    minimum: 1,
    maximum: 1024
  },
  'max-jobs': {
    type: 'integer', title: 'N', description: 'Objects that are hashed at once', default: 16, minimum: 1, maximum: 1024
  },
  'max-queue': {
    type: 'integer',
    title: 'N',
    description: 'Objects that wait for it, at most half of them for one access key; more are SlowDown',
    default: 1024,
    minimum: 0,
    maximum: 1000000
  },
  'job-grace': {
    type: 'integer',
    title: 'SECONDS',
    description: 'How long hashing goes on when nobody waits for it anymore',
    default: 300,
    minimum: 0,
    maximum: 86400
  },
  'x-amz-info': choice(
    "Write x-amz-bucket and x-amz-key into info as S3 did; it tells everybody the bucket's name", 'off', 'on'
  ),
  'log-level': choice('Lines on standard error', 'info', 'debug', 'warn', 'error', 'silent'),
  'log-format': choice('Of these lines; auto: pretty on a terminal, else JSON', 'auto', 'json', 'pretty')
} as const satisfies Record<string, OptionSchema>

export type OptionName = keyof typeof OPTIONS

type ValueOf<Schema> = Schema extends { enum: ReadonlyArray<infer Choice> } ? Choice
  : Schema extends { type: 'integer' } ? number
    : Schema extends { type: 'array' } ? readonly string[]
      : string
type Missing<Schema> = Schema extends { default: unknown } ? never : undefined
export type OptionValues = { readonly [Name in OptionName]:
  | ValueOf<(typeof OPTIONS)[Name]>
  | Missing<(typeof OPTIONS)[Name]> }

export function isList (name: OptionName): boolean {
  return OPTIONS[name].type === 'array'
}

export function variableOf (name: OptionName): string {
  return `OBJECT_TORRENT_${name.replaceAll('-', '_').toUpperCase()}`
}
