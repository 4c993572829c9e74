import type { Environment } from '../config/config.js'
import { caBundleOf } from '../credentials/aws-settings.js'
import { openOutbound } from '../net/open-outbound.js'
import type { AuthorityFile } from '../net/open-outbound.js'
import type { Outbound } from '../net/outbound.js'
import { ProxySettingsError } from '../net/proxies.js'
import { AuthorityFileError } from '../net/trusted-authorities.js'
import { CommandError } from './errors.js'

/**
 * How a command reaches servers: as aws-cli, through the proxies and with the certificates that the environment names.
 * @throws CommandError
 */
export async function outboundOf (env: Environment, caBundle: AuthorityFile | undefined): Promise<Outbound> {
  try {
    return await openOutbound(env, caBundle)
  } catch (error) {
    throw error instanceof AuthorityFileError ? new CommandError(error.message, { cause: error }) : error
  }
}

/** The same, to one URL, without looking at AWS's files. @throws CommandError */
export async function outboundTo (url: URL, env: Environment): Promise<Outbound> {
  const outbound = await outboundOf(env, caBundleOf(env))
  assertReachable(outbound, url.href)
  return outbound
}

/** @throws CommandError where a variable names no proxy for it */
export function assertReachable ({ proxies }: Outbound, url: string): void {
  try {
    proxies.for(new URL(url))
  } catch (error) {
    throw error instanceof ProxySettingsError ? new CommandError(error.message, { cause: error }) : error
  }
}
