import { resolve } from 'node:path'
import { accessKeyIdFault } from '../credentials/key-pair.js'
import type { KeyPair } from '../credentials/key-pair.js'
import { climbs } from '../s3/climbing-key.js'
import { assertBucket } from './bucket.js'
import { ConfigError } from './config-error.js'
import { isUrl } from './origin.js'
import type { Environment, Settings } from './settings.js'

/** Who may read, and whose key pairs decide that. */
export interface AccessConfig {
  readonly credentialsFile: string | undefined
  /** The server's own key pair, as far as variables hold it. */
  readonly own: KeyPair | undefined
  readonly ownCredentials: 'env' | 'default'
  readonly anonymous: 'origin' | 'deny'
  readonly public: readonly string[]
  readonly signatureV2: boolean
}

/** @throws ConfigError */
export function accessOf ({ values, named }: Settings, env: Environment): AccessConfig {
  const own = ownKeyPair(env)
  for (const entry of values.public) assertPublished(entry, named('public'))
  if (values.public.length > 0 && isUrl(values.origin) && own === undefined && values['own-credentials'] === 'env') {
    throw new ConfigError(
      `${named('public')} needs the server's own key pair: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ` +
      '--own-credentials default for a profile or a role.'
    )
  }
  return {
    credentialsFile: values['credentials-file'] && resolve(values['credentials-file']),
    own,
    ownCredentials: values['own-credentials'],
    anonymous: values.anonymous,
    public: values.public,
    signatureV2: values['signature-v2'] === 'on'
  }
}

/** The key pair of AWS's variables; undefined: they hold none. @throws ConfigError */
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

function assertPublished (entry: string, named: string): void {
  const [bucket = '', ...prefix] = entry.split('/')
  assertBucket(named, bucket)
  if (climbs(`${prefix.join('/')}x`)) {
    throw new ConfigError(`${named} ${entry} has a . or .. part, and no key with one is ever published.`)
  }
}
