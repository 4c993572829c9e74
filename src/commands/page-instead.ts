import type { Environment } from '../config/settings.js'
import { printable } from '../util/unprintable.js'
import { encodeUri } from '../s3/uri.js'
import { download } from './download.js'
import { outboundTo } from './outbound.js'
import { pageOf } from './page.js'

const LOOKED_AT = 64 * 1024
const PAGE_NAME = /\.(x?html?|xht)$/i

/**
 * A sentence where a server answers a page, and the file that was asked for is none; undefined where that is not so.
 */
export async function pageInstead (
  url: URL, label: string, name: string, { env, signal }: { env: Environment, signal: AbortSignal }
): Promise<string | undefined> {
  if (PAGE_NAME.test(name)) return undefined
  try {
    const { status, contentType, bytes } = await download(url, {
      maxBytes: LOOKED_AT, signal, outbound: await outboundTo(url, env)
    })
    const page = status === 200 ? pageOf(contentType, bytes) : undefined
    if (page === undefined) return undefined
    const file = url.pathname.endsWith('/') && url.search === ''
      ? `the file in this folder may be ${printable(`${url.origin}${url.pathname}${encodeUri(name)}`)}`
      : 'copy the link of the file itself'
    return `${label} answers ${page}, and not the bytes of ${printable(name)}; ${file}.`
  } catch {
    signal.throwIfAborted()
    return undefined // what was wrong is known already
  }
}
