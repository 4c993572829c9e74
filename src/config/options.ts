import { choice, formed, integer, list, text, textOr } from './option-schema.js'

const BYTES_OR_AUTO = /^(auto|[0-9]+)$/
const NUMBER_OR_AUTO = 'a number of bytes, or auto'

/** Every option of the server, by flag name. A flag wins over its environment variable. */
export const OPTIONS = {
  host: textOr('ADDRESS', 'Address that S3 listener, tracker and seeder listen on', '127.0.0.1'),
  port: integer('PORT', 'Port of the S3 listener; 0: any free one', 8080, 0, 65535),
  'tls-cert': text('FILE', 'Certificate of the S3 listener with its chain, PEM, for HTTPS instead of HTTP; a renewed ' +
    'file is read without a restart'),
  'tls-key': text('FILE', 'Private key of --tls-cert, PEM'),
  origin: textOr('URL|DIR', 'S3 endpoint http(s)://… that holds the objects, or a directory whose subdirectories ' +
    'are buckets', './buckets'),
  'origin-addressing': choice("Where requests to the origin name the bucket: in the path, or in the host's name",
    'path', 'virtual'),
  region: formed('REGION', 'Region of the origin, and of the credential scope that clients sign', 'us-east-1',
    /^[a-z0-9-]+$/, 'lower-case letters, digits and hyphens'),
  domain: list('DOMAIN', 'Base domain of virtual-hosted requests, bucket.DOMAIN'),
  'credentials-file': text('FILE', 'AWS shared credentials file; every profile is a key pair that clients may sign ' +
    'with'),
  anonymous: choice('Unsigned requests: sent to the origin unsigned, or refused', 'origin', 'deny'),
  public: list('BUCKET[/PREFIX]', "Keys that everybody may read, with the server's own key pair"),
  'own-credentials': choice("Source of the server's own key pair: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY alone " +
    "(env), or wherever AWS's tools find one (default: profile, role of the instance, container or service account), " +
    'which is renewed', 'env', 'default'),
  'signature-v2': choice("Requests signed with Signature Version 2 (boto3's default presign of GetObjectTorrent) are " +
    'accepted', 'on', 'off'),
  'public-url': text('URL', "Base of the URLs that are written into torrents; without it, the listener's address"),
  'web-seed': list('self|none|URL', 'Web seeds of public torrents: this server (self, the default), none, or a URL ' +
    'with {bucket} and {key} in it, e.g. of a CDN'),
  announce: list('URL[,URL…]', 'Tracker URLs that every torrent names, public or not; each --announce is a tier, a ' +
    'comma separates the URLs of one tier'),
  'tracker-port': integer('PORT', 'Port of the tracker of public torrents, HTTP and UDP; 0: no tracker', 6969, 0,
    65535),
  'tracker-url': list('URL', "URL of this server's tracker in torrents, where it is not http:// and udp:// at the " +
    'host of --public-url and --tracker-port'),
  'announce-interval': integer('SECONDS', 'Interval at which peers announce themselves; a peer that is silent for ' +
    'twice as long is forgotten', 900, 1, 86400),
  'peer-port': integer('PORT', 'Port of the seeder of public torrents; 0: no seeder', 6881, 0, 65535),
  'peer-address': list('ADDRESS', 'Address at which peers find the seeder, one IPv4 and one IPv6; without it, the ' +
    'address at which they reached the tracker'),
  'upload-slots': integer('N', 'Peers that the seeder serves at once', 64, 1, 1000),
  'upload-limit': integer('BYTES', 'Bytes per second sent by web seed and seeder together; 0: no limit', 0, 0),
  'upload-limit-per-client': integer('BYTES', 'Bytes per second sent by web seed and seeder to one address; 0: no ' +
    'limit', 0, 0),
  'cache-size': formed('BYTES|auto', 'Memory for bytes of objects, shared by web seed and seeder; auto: an eighth of ' +
    'the memory, 1 GiB at most', 'auto', BYTES_OR_AUTO, NUMBER_OR_AUTO),
  'trust-proxy': list('CIDR', 'Addresses of reverse proxies whose X-Forwarded-For is believed'),
  'max-connections-per-address': integer('N', 'Connections from one address (IPv6: one /64) to a port at once; a ' +
    'further one is answered SlowDown; connections of --trust-proxy are not counted; 0: no limit', 512, 0),
  'max-requests-per-address': integer('N', 'Requests from one address (IPv6: one /64) at once, also those behind ' +
    '--trust-proxy; a further one is answered SlowDown; 0: no limit', 256, 0),
  cors: choice("Pages of any web site may read this server's answers (CORS)", 'on', 'off'),
  browse: choice('Pages at /-/browse/BUCKET/PREFIX that show, to everybody at a browser, what everybody may list ' +
    'and read', 'off', 'on'),
  'admin-port': integer('PORT', 'Port of dashboard, /metrics, /healthz, /readyz and bucket notifications; 0: none',
    9090, 0, 65535),
  'admin-host': textOr('ADDRESS', 'Address that the admin port listens on', '127.0.0.1'),
  'admin-token': text('TOKEN', 'Bearer token of the admin port, better given as its variable; required on other ' +
    'addresses than loopback, and for bucket notifications'),
  'piece-length': formed('BYTES|auto', 'Piece length of torrents, a power of two from 16384; auto: 1,024 to 2,048 ' +
    'pieces (S3 itself: 262144)', 'auto', BYTES_OR_AUTO, NUMBER_OR_AUTO),
  'max-prefix-size': integer('BYTES', 'Bytes of all objects under a prefix that a torrent may be of', 1099511627776, 1),
  'torrent-format': choice('Version of torrents where a request has no &format=: 1 (BEP 3), 2 (BEP 52) or both; many ' +
    'clients load version 1 alone', 'v1', 'hybrid', 'v2'),
  'max-object-size': integer('BYTES', 'Size from which objects are refused a torrent; 0: no limit', 5368709120, 0),
  'max-prefix-objects': integer('N', 'Objects that there may be under the prefix of a torrent or a feed; where ' +
    'there are more, it is refused', 10000, 1, 1000000),
  'bucket-owner': list('BUCKET=ID', 'Owner of a bucket, for origins that ignore x-amz-expected-bucket-owner'),
  'data-dir': textOr('DIR', 'Directory in which hashes are kept; made where there is none', './data'),
  'store-size': integer('BYTES', "Largest size of the hashes' file in --data-dir; the least recently used hashes go " +
    'first', 1073741824, 1048576),
  'hash-threads': integer('N', 'Threads that read and hash; 0: one for each core', 0, 0, 256),
  'reads-per-object': integer('N', 'Parts of one object that are read at once for hashing', 8, 1, 64),
  reads: integer('N', 'Parts of all objects that are read at once for hashing; fewer while all hashing threads are ' +
    'busy', 16, 1, 1024),
  'max-jobs': integer('N', 'Objects that are hashed at once', 16, 1, 1024),
  'max-queue': integer('N', 'Objects that wait to be hashed, at most half of them for one access key; a request for ' +
    'a further one is answered SlowDown', 1024, 0, 1000000),
  'job-grace': integer('SECONDS', 'Time for which an object is hashed on after its last client has left', 300, 0,
    86400),
  'x-amz-info': choice("Write x-amz-bucket and x-amz-key into a torrent's info, as S3 did; it tells everybody the " +
    "bucket's name", 'off', 'on'),
  'log-level': choice('Least level of the log lines on standard error', 'info', 'debug', 'warn', 'error', 'silent'),
  'log-format': choice('Format of the log lines; auto: pretty on a terminal, else JSON', 'auto', 'json', 'pretty')
} as const

export type OptionName = keyof typeof OPTIONS

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[]

type ValueOf<Schema> = Schema extends { enum: ReadonlyArray<infer Choice> } ? Choice
  : Schema extends { type: 'integer' } ? number
    : Schema extends { type: 'array' } ? readonly string[]
      : string
type Missing<Schema> = Schema extends { default: unknown } ? never : undefined
export type OptionValues = { readonly [Name in OptionName]:
  | ValueOf<(typeof OPTIONS)[Name]>
  | Missing<(typeof OPTIONS)[Name]> }

/** Whether the option may be repeated. */
export function isList (name: OptionName): boolean {
  return OPTIONS[name].type === 'array'
}

export function variableOf (name: OptionName): string {
  return `OBJECT_TORRENT_${name.replaceAll('-', '_').toUpperCase()}`
}
