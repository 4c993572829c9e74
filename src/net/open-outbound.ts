import { Outbound } from './outbound.js'
import { Proxies } from './proxies.js'
import { readAuthorities } from './trusted-authorities.js'

export interface AuthorityFile {
  /** The variable or setting that names it. */
  readonly name: string
  readonly path: string
}

/**
 * The proxies that the environment names, and the certificates of a file beside those of node and of
 * NODE_EXTRA_CA_CERTS.
 * @throws AuthorityFileError
 */
export async function openOutbound (
  env: Readonly<Record<string, string | undefined>>, file: AuthorityFile | undefined
): Promise<Outbound> {
  const proxies = new Proxies(env)
  if (file === undefined) return new Outbound(proxies, undefined)
  const extra = env['NODE_EXTRA_CA_CERTS']
  // One that node itself could not read it has warned of.
  const extraAuthorities = extra ? await readAuthorities('NODE_EXTRA_CA_CERTS', extra).catch(() => '') : ''
  return new Outbound(proxies, `${await readAuthorities(file.name, file.path)}\n${extraAuthorities}`)
}
