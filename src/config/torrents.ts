import { FORMATS } from '../torrent/meta-version.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { MIN_PIECE_LENGTH } from '../torrent/piece-length.js'
import type { WebSeed } from '../torrent/web-seed-url.js'
import { escapedUrl } from '../util/escaped-url.js'
import { shownUrl } from '../util/shown-url.js'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'
import { tiersOf, urlOf } from './url.js'

const MAX_PIECE_LENGTH = 2 ** 30

/** What is written into torrents, and of what there are any. */
export interface TorrentsConfig {
  /** Without a slash at its end; undefined: the listener's address. */
  readonly publicUrl: string | undefined
  /** Empty: none. */
  readonly webSeeds: readonly WebSeed[]
  /** Tiers. */
  readonly announce: ReadonlyArray<readonly string[]>
  readonly pieceLength: number | 'auto'
  readonly metaVersion: MetaVersion
  /** Bytes; 0: no limit. */
  readonly maxObjectSize: number
  readonly maxPrefixObjects: number
  readonly maxPrefixSize: number
  readonly xAmzInfo: boolean
}

/** @throws ConfigError */
export function torrentsOf ({ values, named }: Settings): TorrentsConfig {
  return {
    publicUrl: values['public-url'] && urlOf(named('public-url'), values['public-url']),
    webSeeds: webSeedsOf(values['web-seed'], named('web-seed')),
    announce: tiersOf(named('announce'), values.announce),
    pieceLength: pieceLengthOf(values['piece-length'], named('piece-length')),
    metaVersion: FORMATS[values['torrent-format']],
    maxObjectSize: values['max-object-size'],
    maxPrefixObjects: values['max-prefix-objects'],
    maxPrefixSize: values['max-prefix-size'],
    xAmzInfo: values['x-amz-info'] === 'on'
  }
}

/** @param named what the option was given as @throws ConfigError */
export function pieceLengthOf (text: string, named: string): number | 'auto' {
  const pieceLength = Number(text)
  if (text === 'auto') return 'auto'
  if (pieceLength < MIN_PIECE_LENGTH || pieceLength > MAX_PIECE_LENGTH || !Number.isInteger(Math.log2(pieceLength))) {
    throw new ConfigError(`${named} ${text} is no power of two from ${MIN_PIECE_LENGTH} to ${MAX_PIECE_LENGTH}.`)
  }
  return pieceLength
}

function webSeedsOf (texts: readonly string[], named: string): WebSeed[] {
  if (texts.length === 0) return ['self']
  if (texts.includes('none')) {
    if (texts.length > 1) throw new ConfigError(`${named} none stands alone.`)
    return []
  }
  return texts.map((text) => text === 'self' ? text : { template: templateOf(text, named) })
}

function templateOf (text: string, named: string): string {
  const template = escapedUrl(text)
  if (template !== undefined && /^https?:/i.test(template) && template.includes('{key}') && !template.includes('#')) {
    return template
  }
  throw new ConfigError(
    `${named} "${shownUrl(text)}" is neither self nor none nor an http:// or https:// URL with {key} in it.`
  )
}
