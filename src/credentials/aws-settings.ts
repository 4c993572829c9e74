import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader'

/** What aws-cli's own flags say; undefined: not given. */
export interface AwsFlags {
  readonly endpointUrl?: string | undefined
  readonly profile?: string | undefined
  readonly region?: string | undefined
}

/** Where aws-cli would find S3. */
export interface AwsSettings {
  /** Undefined: AWS's own, of the region. */
  readonly endpointUrl: string | undefined
  readonly region: string
  readonly addressing: 'path' | 'virtual'
  /** As it was asked for; undefined: `default`, which need not exist. */
  readonly profile: string | undefined
}

/** Settings that cannot be followed; `message` is one sentence. */
export class AwsSettingsError extends Error {
  override name = 'AwsSettingsError'
}

type Environment = Readonly<Record<string, string | undefined>>
type Section = Readonly<Record<string, string | undefined>>

const DEFAULT_REGION = 'us-east-1'

/**
 * Profile, region, endpoint and addressing style of S3, from flags, variables and the files of AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE, in aws-cli's order (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
 * @throws AwsSettingsError
 */
export async function awsSettings (flags: AwsFlags, env: Environment): Promise<AwsSettings> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    ignoreCache: true,
    ...(set(env['AWS_CONFIG_FILE']) && { configFilepath: env['AWS_CONFIG_FILE'] }),
    ...(set(env['AWS_SHARED_CREDENTIALS_FILE']) && { filepath: env['AWS_SHARED_CREDENTIALS_FILE'] })
  })
  const asked = flags.profile ?? set(env['AWS_PROFILE']) ?? set(env['AWS_DEFAULT_PROFILE'])
  const name = asked ?? 'default'
  const known = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])].filter((section) => !section.includes('.'))
  if (asked !== undefined && !known.includes(asked)) {
    throw new AwsSettingsError(`There is no AWS profile "${asked}"${known.length > 0 ? `; there are ${known.join(', ')}` : ': neither ~/.aws/config nor ~/.aws/credentials has any'}.`)
  }
  const profile: Section = { ...configFile[name], ...credentialsFile[name] }
  const services: Section = profile['services'] === undefined ? {} : configFile[`services.${profile['services']}`] ?? {}
  const endpointUrl = flags.endpointUrl ?? (ignoresConfigured(env, profile)
    ? undefined
    : set(env['AWS_ENDPOINT_URL_S3']) ?? set(env['AWS_ENDPOINT_URL']) ?? services['s3.endpoint_url'] ?? profile['endpoint_url'])
  const style = profile['s3.addressing_style']
  return {
    endpointUrl,
    region: flags.region ?? set(env['AWS_REGION']) ?? set(env['AWS_DEFAULT_REGION']) ?? profile['region'] ?? DEFAULT_REGION,
    addressing: endpointUrl === undefined ? style === 'path' ? 'path' : 'virtual' : style === 'virtual' ? 'virtual' : 'path',
    profile: asked
  }
}

/** AWS's own endpoint of a region. */
export function awsEndpoint (region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

function ignoresConfigured (env: Environment, profile: Section): boolean {
  return (set(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']) ?? profile['ignore_configured_endpoint_urls'])?.toLowerCase() === 'true'
}

// An empty variable is none.
function set (value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
