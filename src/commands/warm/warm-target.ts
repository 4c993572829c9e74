import { loadConfig } from '../../config/load.js'
import type { Config } from '../../config/load.js'
import { variableOf } from '../../config/options.js'
import type { OptionName } from '../../config/options.js'
import { isUrl } from '../../config/origin.js'
import type { Environment, GivenOptions } from '../../config/settings.js'
import { urlOf } from '../../config/url.js'
import { caBundleOf } from '../../credentials/aws-settings.js'
import { openOutbound } from '../../net/open-outbound.js'
import type { Outbound } from '../../net/outbound.js'
import { DirectoryOrigin } from '../../objects/directory/directory-origin.js'
import type { Listing } from '../../objects/listing.js'
import type { Objects } from '../../objects/objects.js'
import type { Requester } from '../../objects/requester.js'
import { printable } from '../../util/unprintable.js'
import { UsageError } from '../errors.js'
import { openS3 } from '../open-s3.js'
import type { S3Flags } from '../s3-flags.js'

/** The objects that are to be hashed, and the server that they are hashed for. Whoever opens it closes it. */
export interface WarmTarget {
  readonly kind: 's3' | 'file'
  readonly origin: Objects & Listing
  readonly requester: Requester
  /** The bucket's own once the listing has begun. */
  readonly region: string
  readonly config: Config
  readonly outbound: Outbound
  close (): Promise<void>
}

/** @param given options of the server @throws OperatorError */
export async function openWarmTarget (flags: S3Flags, given: GivenOptions, env: Environment): Promise<WarmTarget> {
  const origin = originOf(flags, given, env)
  if (origin !== undefined && !isUrl(origin)) return await openDirectory(given, env, origin)
  const endpoint = origin && urlOf(given.origin === undefined ? variableOf('origin') : '--origin', origin)
  const s3 = await openS3({ ...flags, ...(endpoint !== undefined && { endpointUrl: endpoint }) }, env)
  try {
    return {
      kind: 's3',
      origin: s3.origin,
      requester: s3.requester,
      outbound: s3.outbound,
      get region () { return s3.region },
      config: serverConfig({ ...given, origin: s3.endpoint }, env),
      close: () => s3.close()
    }
  } catch (error) {
    await s3.close()
    throw error
  }
}

function originOf (flags: S3Flags, given: GivenOptions, env: Environment): string | undefined {
  const text = given.origin ?? (flags.endpointUrl === undefined ? env[variableOf('origin')] : undefined)
  return typeof text === 'string' && text !== '' ? text : undefined
}

async function openDirectory (given: GivenOptions, env: Environment, origin: string): Promise<WarmTarget> {
  const config = serverConfig(given, env)
  if (!('directory' in config.origin)) throw new UsageError(`--origin "${printable(origin)}" is no directory.`)
  return {
    kind: 'file',
    outbound: await openOutbound(env, caBundleOf(env)),
    origin: new DirectoryOrigin(config.origin.directory),
    requester: { keyPair: undefined, requestPayer: false },
    region: config.region,
    config,
    close: async () => {}
  }
}

/** A server with these settings: where origin, piece length and format are the same, it keeps the same hashes. */
function serverConfig (given: GivenOptions, env: Environment): Config {
  const variables = [
    'origin', 'data-dir', 'piece-length', 'torrent-format', 'max-object-size', 'max-prefix-objects', 'max-prefix-size',
    'store-size', 'x-amz-info'
  ] as const
  const own = Object.fromEntries(variables.map((name: OptionName) => [variableOf(name), env[variableOf(name)]]))
  return loadConfig(given, own).config
}
