import type { Environment } from '../config/settings.js'
import { chainOf, connectionFailure } from '../net/connection-failure.js'
import { credentialsOf } from '../util/url-credentials.js'
import { readErrorXml } from '../s3/error-xml.js'
import { shownUrl } from '../util/shown-url.js'
import { printable } from '../util/unprintable.js'
import { DownloadTooSlow, download } from './download.js'
import type { Downloaded } from './download.js'
import { CommandError, UsageError } from './errors.js'
import { outboundTo } from './outbound.js'
import { pageOf } from './page.js'

const LOST = 'it sends elsewhere, and that leads nowhere'
const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'it may not be read',
  403: 'it may not be read',
  404: 'there is nothing',
  410: 'it is gone',
  429: 'the server is busy; try again later',
  503: 'the server is busy; try again later'
}

/** Downloads a torrent; the answer is one of success, and no page. @throws CommandError, UsageError */
export async function downloadTorrent (
  text: string, maxBytes: number, { env, signal }: { env: Environment, signal: AbortSignal }
): Promise<Downloaded & { readonly label: string }> {
  const label = printable(shownUrl(text).replace(/#.*$/s, ''))
  if (!URL.canParse(text)) throw new UsageError(`"${label}" is no URL.`)
  const url = new URL(text)
  if (credentialsOf(url) === undefined) {
    throw new UsageError(`The user or the password in "${label}" has a % that is no escape; a % itself is written %25.`)
  }
  const answer = await asked(label, download(url, { maxBytes, signal, outbound: await outboundTo(url, env) }), signal)
  const { status, bytes } = answer
  if (status !== 200) throw new CommandError(`${label} answers ${status}: ${printable(whyOf(answer))}.`)
  const page = pageOf('', bytes)
  if (page !== undefined) {
    throw new CommandError(`${label} is no torrent: it is ${page}; copy the link to the .torrent on it.`)
  }
  return { ...answer, label }
}

async function asked (label: string, answer: Promise<Downloaded>, signal: AbortSignal): Promise<Downloaded> {
  try {
    return await answer
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DownloadTooSlow) throw new CommandError(`${label} ${error.message}.`, { cause: error })
    const chain = chainOf(error)
    if (chain.some(({ name, message }) => name === 'InvalidArgumentError' || /Invalid URL|redirect/i.test(message))) {
      throw new CommandError(`${label} cannot be read: ${LOST}.`, { cause: error })
    }
    const why = connectionFailure(chain) ?? chain.at(-1)?.message ?? 'for no reason that is known'
    throw new CommandError(`${label} cannot be read: ${printable(why.replace(/\.$/, ''))}; try again.`, {
      cause: error
    })
  }
}

function whyOf ({ status, bytes }: Downloaded): string {
  const s3 = readErrorXml(bytes.toString('utf8', 0, 64 * 1024))
  if (s3 !== undefined) return `${s3.message.replace(/\.$/, '')} (${s3.code})`
  if (status >= 300 && status < 400) return LOST
  return BY_STATUS[status] ?? (status >= 500 ? 'the server failed; try again' : 'the server does not give it')
}
