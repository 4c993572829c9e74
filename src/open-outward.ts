import type { Config } from './config/load.js'
import { AwsSettingsError, awsSettings, caBundleOf } from './credentials/aws-settings.js'
import { findOwnCredentials } from './credentials/own-credentials.js'
import type { OwnCredentials, OwnCredentialsLog } from './credentials/own-credentials.js'
import { openOutbound } from './net/open-outbound.js'
import type { Outbound } from './net/outbound.js'
import { OutboundHttpHandler } from './net/outbound-http-handler.js'
import { CALL_LIMITS } from './objects/limits.js'

/** How the server asks others, and as whom. Whoever gets it closes `own`. */
export interface Outward {
  readonly outbound: Outbound
  readonly own: OwnCredentials
}

/**
 * @param log asked for when there is something to say
 * @throws OwnCredentialsError, AwsSettingsError, AuthorityFileError, ProxySettingsError
 */
export async function openOutward (
  { environment: env, ownCredentials: from, own: variables, region, origin }: Config, log: () => OwnCredentialsLog
): Promise<Outward> {
  const outbound = await openOutbound(env, from === 'env' ? caBundleOf(env) : await ofProfile(env))
  if ('endpoint' in origin) outbound.proxies.for(new URL(origin.endpoint))
  const own = await findOwnCredentials(
    { from, variables, env, region, requestHandler: new OutboundHttpHandler(outbound, CALL_LIMITS) }, log
  )
  return { outbound, own }
}

// AWS's files are looked at by who was told to.
async function ofProfile (env: Config['environment']): Promise<ReturnType<typeof caBundleOf>> {
  try {
    return (await awsSettings({}, env)).caBundle
  } catch (cause) {
    throw cause instanceof AwsSettingsError
      ? new AwsSettingsError(`--own-credentials default: ${cause.message}`, { cause })
      : cause
  }
}

interface OutwardLog {
  info (facts: object, message: string): void
  warn (facts: object, message: string): void
}

/** Logs what of the environment takes part, or does not, and may surprise. */
export function logOutward ({ serviceLinks, origin }: Config, { proxies }: Outbound, log: OutwardLog): void {
  if (serviceLinks.length > 0) {
    log.warn(
      { variables: serviceLinks },
      "Kubernetes' links to a Service of this name are no settings, and are ignored; enableServiceLinks: false " +
      'leaves them out'
    )
  }
  const proxy = 'endpoint' in origin ? proxies.for(new URL(origin.endpoint)) : undefined
  if (proxy !== undefined) {
    log.info({ proxy: proxy.label }, `the origin is asked through a proxy, as ${proxy.variable} says`)
  }
}
