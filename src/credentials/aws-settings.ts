import { AwsFileError, pathOf, readAwsFiles } from './aws-files.js'
import type { AwsFiles, AwsSection, Environment } from './aws-files.js'
import { SettingError } from '../util/operator-error.js'

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
  /** A file of certificates, and what names it: AWS_CA_BUNDLE or ca_bundle. */
  readonly caBundle: { readonly name: string, readonly path: string } | undefined
  /** All of it. */
  readonly files: AwsFiles
}

/** Settings that cannot be followed; `message` is one sentence. */
export class AwsSettingsError extends SettingError {
  override name = 'AwsSettingsError'
}

const DEFAULT_REGION = 'us-east-1'

/**
 * Profile, region, endpoint and addressing style of S3, from flags, variables and the files of AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE, in aws-cli's order (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
 * @throws AwsSettingsError
 */
export async function awsSettings (
  flags: AwsFlags, env: Environment, defaultRegion = DEFAULT_REGION
): Promise<AwsSettings> {
  const files = await filesOf(env)
  const asked = flags.profile ?? set(env['AWS_PROFILE']) ?? set(env['AWS_DEFAULT_PROFILE'])
  const known = [...files.profiles.keys()]
  if (asked !== undefined && !known.includes(asked)) {
    const others = known.length > 0
      ? `; there are ${known.join(', ')}`
      : `: neither ${files.paths.config} nor ${files.paths.credentials} has any`
    throw new AwsSettingsError(`There is no AWS profile "${asked}"${others}.`)
  }
  const profile: AwsSection = files.profiles.get(asked ?? 'default') ?? new Map()
  const services: AwsSection = files.services.get(text(profile, 'services') ?? '') ?? new Map()
  const endpointUrl = flags.endpointUrl ?? (ignoresConfigured(env, profile)
    ? undefined
    : set(env['AWS_ENDPOINT_URL_S3']) ?? set(env['AWS_ENDPOINT_URL']) ??
      inside(services, 's3', 'endpoint_url') ?? text(profile, 'endpoint_url'))
  const style = inside(profile, 's3', 'addressing_style')
  return {
    endpointUrl,
    region: flags.region ?? set(env['AWS_REGION']) ?? set(env['AWS_DEFAULT_REGION']) ?? text(profile, 'region') ??
      defaultRegion,
    addressing: endpointUrl === undefined
      ? style === 'path' ? 'path' : 'virtual'
      : style === 'virtual' ? 'virtual' : 'path',
    profile: asked,
    caBundle: caBundleOf(env, text(profile, 'ca_bundle')),
    files
  }
}

/** The file of AWS_CA_BUNDLE; else that of a profile. */
export function caBundleOf (env: Environment, ofProfile?: string): AwsSettings['caBundle'] {
  const path = set(env['AWS_CA_BUNDLE'])
  if (path !== undefined) return { name: 'AWS_CA_BUNDLE', path: pathOf(path, env) }
  return ofProfile === undefined ? undefined : { name: 'ca_bundle', path: pathOf(ofProfile, env) }
}

async function filesOf (env: Environment): Promise<AwsFiles> {
  try {
    return await readAwsFiles(env)
  } catch (error) {
    throw error instanceof AwsFileError ? new AwsSettingsError(error.message, { cause: error }) : error
  }
}

/** AWS's own endpoint of a region. */
export function awsEndpoint (region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

function ignoresConfigured (env: Environment, profile: AwsSection): boolean {
  return (set(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']) ?? text(
    profile, 'ignore_configured_endpoint_urls'
  ))?.toLowerCase() === 'true'
}

function text (section: AwsSection, name: string): string | undefined {
  const value = section.get(name)
  return typeof value === 'string' ? set(value) : undefined
}

function inside (section: AwsSection, name: string, inner: string): string | undefined {
  const value = section.get(name)
  return value instanceof Map ? set((value as ReadonlyMap<string, string>).get(inner)) : undefined
}

// An empty variable is none.
function set (value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
