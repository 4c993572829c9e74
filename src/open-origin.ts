import type { Config } from './config/load.js'
import type { OwnCredentials } from './credentials/own-credentials.js'
import type { Outbound } from './net/outbound.js'
import { DirectoryOrigin } from './objects/directory/directory-origin.js'
import { OriginOddities } from './objects/s3/origin-oddities.js'
import type { OddityLog } from './objects/s3/origin-oddities.js'
import { OwnKeyPairState } from './objects/s3/own-key-pair.js'
import type { OwnKeyPairLog } from './objects/s3/own-key-pair.js'
import { S3Origin } from './objects/s3/s3-origin.js'

export interface OpenedOrigin {
  /** Whoever opens it closes it. */
  readonly origin: DirectoryOrigin | S3Origin
  readonly ownKeyPairState: OwnKeyPairState
}

/** The origin that the configuration names. @param log asked for when there is something to say */
export function openOrigin (
  config: Config, outbound: Outbound, own: OwnCredentials, log: () => OddityLog & OwnKeyPairLog
): OpenedOrigin {
  const ownKeyPairState = new OwnKeyPairState(log, own.renew)
  if ('directory' in config.origin) return { origin: new DirectoryOrigin(config.origin.directory), ownKeyPairState }
  const origin = new S3Origin({
    ...config.origin,
    region: config.region,
    outbound,
    get ownKeyPair () { return own.keyPair },
    get ownKeyPairHasEnded () { return own.hasEnded },
    ownKeyPairState,
    onOddity: new OriginOddities(log).note
  })
  return { origin, ownKeyPairState }
}
