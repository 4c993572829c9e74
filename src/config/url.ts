import { escapedUrl } from '../util/escaped-url.js'
import { shownUrl } from '../util/shown-url.js'
import { ConfigError } from './config-error.js'

const HTTP = ['http:', 'https:']
const TRACKER = ['http:', 'https:', 'udp:', 'ws:', 'wss:']

/** An http(s) URL without a slash at its end. @param named what the option was given as @throws ConfigError */
export function urlOf (named: string, text: string): string {
  const url = URL.canParse(text) ? new URL(escapedUrl(text) ?? text) : undefined
  if (url === undefined || !HTTP.includes(url.protocol)) {
    throw new ConfigError(`${named} "${shownUrl(text)}" is no http:// or https:// URL.`)
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new ConfigError(`${named} "${url.origin}…" must not hold a user, a query or a fragment.`)
  }
  return url.href.replace(/\/+$/, '')
}

/**
 * The URL as it is written, but for characters that no URL holds: clients take a tracker's URL for an identifier.
 * @throws ConfigError
 */
export function trackerOf (named: string, text: string): string {
  const url = escapedUrl(text)
  if (url === undefined || !TRACKER.includes(new URL(url).protocol)) {
    throw new ConfigError(`${named} "${shownUrl(text)}" is no tracker URL (http, https, udp, ws or wss).`)
  }
  return url
}

/** Tiers of trackers, each as URLs with commas between them. @throws ConfigError */
export function tiersOf (named: string, texts: readonly string[]): ReadonlyArray<readonly string[]> {
  return texts.map((tier) => tier.split(',').map((url) => trackerOf(named, url)))
}
