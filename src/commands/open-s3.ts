import { ownKeyPair } from '../config/access.js'
import type { Environment } from '../config/settings.js'
import { urlOf } from '../config/url.js'
import { AwsCredentials } from '../credentials/aws-credentials.js'
import { NoCredentials } from '../credentials/credential-chain.js'
import { awsEndpoint, awsSettings } from '../credentials/aws-settings.js'
import type { AwsSettings } from '../credentials/aws-settings.js'
import { openOutbound } from '../net/open-outbound.js'
import type { Outbound } from '../net/outbound.js'
import { OutboundHttpHandler } from '../net/outbound-http-handler.js'
import { CALL_LIMITS } from '../objects/limits.js'
import type { Listing } from '../objects/listing.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { S3Origin } from '../objects/s3/s3-origin.js'
import { BucketRegion } from './bucket-region.js'
import type { RegionalS3 } from './bucket-region.js'
import { CommandError, UsageError } from './errors.js'
import type { S3Flags } from './s3-flags.js'

/** One bucket, as aws-cli would ask for it. Whoever opens it closes it. */
export interface OpenedS3 {
  readonly origin: Objects & Listing
  /** The one of the settings, and the bucket's own once a question was answered. */
  readonly region: string
  readonly endpoint: string
  /** Its key pair is renewed where it is temporary. */
  readonly requester: Requester
  readonly outbound: Outbound
  close (): Promise<void>
}

/** Opens S3 by aws-cli's flags, variables and files, and asks nothing yet. @throws OperatorError */
export async function openS3 (flags: S3Flags, env: Environment): Promise<OpenedS3> {
  if (flags.requestPayer !== undefined && flags.requestPayer !== 'requester') {
    throw new UsageError('--request-payer is followed by "requester".')
  }
  const settings = await awsSettings(flags, env)
  if (!/^[a-z0-9-]+$/.test(settings.region)) throw new UsageError(`"${settings.region}" is no region.`)
  const outbound = await openOutbound(env, settings.caBundle)
  const endpointOf = endpoints(flags, settings)
  outbound.proxies.for(new URL(endpointOf(settings.region)))
  const credentials = flags.signRequest ? await findCredentials(flags, settings, env, outbound) : undefined
  const requester: Requester = {
    get keyPair () { return credentials?.keyPair }, requestPayer: flags.requestPayer !== undefined
  }
  const origin = new BucketRegion(settings.region, (region): RegionalS3 => {
    const options = { endpoint: endpointOf(region), region, addressing: settings.addressing, outbound }
    return {
      origin: new S3Origin({ ...options, ownKeyPair: undefined }),
      endpoint: options.endpoint,
      region
    }
  })
  return {
    origin,
    get region () { return origin.s3.region },
    get endpoint () { return origin.s3.endpoint },
    requester,
    outbound,
    async close () {
      credentials?.close()
      await origin.close()
    }
  }
}

/** The endpoint of a region: the one that is set, else AWS's. @throws ConfigError */
function endpoints (flags: S3Flags, { endpointUrl }: AwsSettings): (region: string) => string {
  if (endpointUrl === undefined) return awsEndpoint
  const name = flags.endpointUrl === undefined ? "endpoint_url (AWS_ENDPOINT_URL, or a profile's)" : '--endpoint-url'
  const endpoint = urlOf(name, endpointUrl)
  return () => endpoint
}

async function findCredentials (
  { profile }: S3Flags, settings: AwsSettings, env: Environment, outbound: Outbound
): Promise<AwsCredentials> {
  try {
    return await AwsCredentials.find({
      env,
      profile: settings.profile,
      variables: profile === undefined ? ownKeyPair(env) : undefined,
      region: settings.region,
      requestHandler: new OutboundHttpHandler(outbound, CALL_LIMITS)
    })
  } catch (error) {
    if (!(error instanceof NoCredentials)) throw error
    throw new CommandError(
      `There are no credentials to sign with (${error.message.split('\n')[0]}): set AWS_ACCESS_KEY_ID and ` +
      'AWS_SECRET_ACCESS_KEY, name another --profile, or add --no-sign-request for what everybody may read.',
      { cause: error }
    )
  }
}
