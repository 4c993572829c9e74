import type { BencodedValue } from './bencode/value.js'
import { NotATorrent } from './not-a-torrent.js'

/** Where a metainfo file says that its content is. */
export interface TorrentPlaces {
  /** In tiers (BEP 12). */
  readonly trackers: ReadonlyArray<readonly string[]>
  /** BEP 19. */
  readonly webSeeds: readonly string[]
  /** BEP 17, of old. */
  readonly httpSeeds: readonly string[]
  /** Nodes of the DHT (BEP 5), as `host:port`. */
  readonly nodes: readonly string[]
}

/** Of each kind. */
const MAX_PLACES = 10_000

/** What is something else than it should be is left out. @throws NotATorrent where there are too many */
export function placesOf (root: BencodedValue): TorrentPlaces {
  return {
    trackers: trackersOf(root),
    webSeeds: textsOf(root.get('url-list'), 'web seeds'),
    httpSeeds: textsOf(root.get('httpseeds'), 'HTTP seeds'),
    nodes: nodesOf(root)
  }
}

function trackersOf (root: BencodedValue): string[][] {
  const tiers: string[][] = []
  let trackers = 0
  for (const list of root.get('announce-list')?.items() ?? []) {
    const tier = textsOf(list, 'trackers') // some wrote a list of URLs instead of one of tiers
    trackers += tier.length
    if (trackers > MAX_PLACES) throw tooMany('trackers')
    if (tier.length > 0) tiers.push(tier)
  }
  const only = textsOf(root.get('announce'), 'trackers')
  return tiers.length > 0 ? tiers : only.length > 0 ? [only] : []
}

function nodesOf (root: BencodedValue): string[] {
  const nodes: string[] = []
  for (const node of root.get('nodes')?.items() ?? []) {
    const [host, port] = node.items()
    if (host?.text === undefined || port?.integer === undefined) continue
    nodes.push(`${host.text.includes(':') ? `[${host.text}]` : host.text}:${port.integer}`)
    if (nodes.length > MAX_PLACES) throw tooMany('nodes')
  }
  return nodes
}

/** Those of a list, or the only one. */
function textsOf (value: BencodedValue | undefined, what: string): string[] {
  const texts: string[] = []
  for (const { text } of value?.isList === true ? value.items() : value === undefined ? [] : [value]) {
    if (text !== undefined && text !== '') texts.push(text)
    if (texts.length > MAX_PLACES) throw tooMany(what)
  }
  return texts
}

function tooMany (what: string): NotATorrent {
  return new NotATorrent(`is no torrent: it names more than ${MAX_PLACES.toLocaleString('en')} ${what}`)
}
