import { encode, encodeEntries } from './bencode/encode.js'
import type { BencodeValue } from './bencode/encode.js'
import { infoParts } from './info.js'
import type { InfoFields } from './info.js'
import { hasV2 } from './meta-version.js'
import { compact } from './template.js'
import type { Gap, Template } from './template.js'
import { layersBytes } from './torrent-digests.js'

/** What a metainfo file says besides its info dictionary and its digests. */
export interface MetainfoFields {
  /** Tiers of tracker URLs (BEP 12); empty for none. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** Undefined: it says none. */
  readonly creationDate: Date | undefined
  /** Web seeds (BEP 19); empty for none. */
  readonly urlList: readonly string[]
}

const BEGIN = Buffer.from('d')
const END = Buffer.from('e')
const CREATED_BY = encodeEntries([['created by', 'object-torrent']])
const ENCODING_AND_INFO = Buffer.concat([encodeEntries([['encoding', 'UTF-8']]), encode('info')])
const PIECE_LAYERS = Buffer.concat([encode('piece layers'), BEGIN])

/**
 * A metainfo file (BEP 3, BEP 52, canonical): all of it that is known before the first piece is hashed, so its exact
 * size too.
 */
export function metainfoTemplate (info: InfoFields, { announce, creationDate, urlList }: MetainfoFields): Template {
  const firstTracker = announce[0]?.[0]
  const trackers: Entry[] = firstTracker === undefined ? [] : [['announce', firstTracker], ['announce-list', announce]]
  const bytes = hasV2(info.metaVersion) ? layersBytes(info) : 0
  const layers: Array<Buffer | Gap> = hasV2(info.metaVersion) ? [PIECE_LAYERS, { gap: 'layers', bytes }, END] : []
  return compact([
    BEGIN,
    encodeEntries(trackers),
    CREATED_BY,
    encodeEntries(creationDate === undefined ? [] : [['creation date', Math.floor(creationDate.getTime() / 1000)]]),
    ENCODING_AND_INFO,
    ...infoParts(info),
    ...layers,
    encodeEntries(urlList.length > 0 ? [['url-list', urlList]] : []),
    ...hasV2(info.metaVersion) ? [{ gap: 'rest', bytes } as const] : [],
    END
  ])
}

type Entry = readonly [key: string, value: BencodeValue]
