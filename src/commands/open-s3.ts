import { ownKeyPair, urlOf } from '../config/config.js'
import type { Environment } from '../config/config.js'
import { AwsCredentials, NoCredentials } from '../credentials/aws-credentials.js'
import { awsEndpoint, awsSettings } from '../credentials/aws-settings.js'
import type { AwsSettings } from '../credentials/aws-settings.js'
import type { Outbound } from '../net/outbound.js'
import { openOutbound } from '../net/open-outbound.js'
import { OutboundHttpHandler } from '../net/outbound-http-handler.js'
import { CALL_LIMITS } from '../objects/limits.js'
import { OriginRedirect } from '../objects/origin-errors.js'
import type { Requester } from '../objects/requester.js'
import { S3Origin } from '../objects/s3/s3-origin.js'
import { CommandError, UsageError } from './errors.js'
import type { S3Flags } from './s3-flags.js'

/** S3 as aws-cli would ask it. Whoever opens it closes it. */
export interface OpenedS3 {
  readonly origin: S3Origin
  readonly endpoint: string
  readonly region: string
  readonly addressing: 'path' | 'virtual'
  /** Its key pair is renewed where it is temporary. */
  readonly requester: Requester
  readonly outbound: Outbound
  close (): Promise<void>
}

/**
 * Opens S3 by aws-cli's flags, variables and files. `probe` is a first question: where its answer is that the bucket is
 * in another region, that region is opened; whatever else it throws will be thrown again by who asks next.
 * @throws OperatorError
 */
export async function openS3 (
  flags: S3Flags, env: Environment, probe: (origin: S3Origin, requester: Requester) => Promise<unknown>
): Promise<OpenedS3> {
  if (flags.requestPayer !== undefined && flags.requestPayer !== 'requester') {
    throw new UsageError('--request-payer is followed by "requester".')
  }
  const settings = await readSettings(flags, env)
  const outbound = await openOutbound(env, settings.caBundle)
  const credentials = flags.signRequest ? await findCredentials(flags, settings, env, outbound) : undefined
  const requester: Requester = {
    get keyPair () { return credentials?.keyPair }, requestPayer: flags.requestPayer !== undefined
  }
  const open = (region: string): Omit<OpenedS3, 'close'> => {
    const endpoint = settings.endpointUrl === undefined
      ? awsEndpoint(region)
      : urlOf(
        flags.endpointUrl === undefined ? "endpoint_url (AWS_ENDPOINT_URL, or a profile's)" : '--endpoint-url',
        settings.endpointUrl,
        ['http:', 'https:']
      )
    const { addressing } = settings
    outbound.proxies.for(new URL(endpoint))
    return {
      origin: new S3Origin({ endpoint, region, addressing, ownKeyPair: undefined, outbound }),
      endpoint,
      region,
      addressing,
      requester,
      outbound
    }
  }
  let opened = open(settings.region)
  try {
    await probe(opened.origin, requester)
  } catch (error) {
    const region = error instanceof OriginRedirect ? error.region : undefined
    if (region !== undefined && region !== settings.region && /^[a-z0-9-]+$/.test(region)) {
      await opened.origin.close()
      opened = open(region)
    }
  }
  return {
    ...opened,
    async close () {
      credentials?.close()
      await opened.origin.close()
    }
  }
}

async function readSettings (flags: S3Flags, env: Environment): Promise<AwsSettings> {
  const settings = await awsSettings(flags, env)
  if (!/^[a-z0-9-]+$/.test(settings.region)) throw new UsageError(`"${settings.region}" is no region.`)
  return settings
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
