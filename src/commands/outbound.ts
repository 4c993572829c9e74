import type { Environment } from '../config/settings.js'
import { caBundleOf } from '../credentials/aws-settings.js'
import { openOutbound } from '../net/open-outbound.js'
import type { Outbound } from '../net/outbound.js'

/**
 * How a command reaches the server of a URL: through the proxies and with the certificates that the environment names,
 * without looking at AWS's files.
 * @throws AuthorityFileError, ProxySettingsError
 */
export async function outboundTo (url: URL, env: Environment): Promise<Outbound> {
  const outbound = await openOutbound(env, caBundleOf(env))
  outbound.proxies.for(url)
  return outbound
}
