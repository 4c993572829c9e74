import { encode, encodeEntries } from './bencode/encode.js'
import type { BencodeValue } from './bencode/encode.js'
import { infoParts } from './info.js'
import type { InfoFields } from './info.js'
import { hasV2 } from './meta-version.js'
import { compact } from './template.js'
import type { Gap, Template } from './template.js'
import { layersBytes } from './torrent-digests.js'

/** What a metainfo file says besides its digests. */
export interface MetainfoFields extends InfoFields {
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
export function metainfoTemplate (fields: MetainfoFields): Template {
  const { announce, creationDate, urlList } = fields
  const firstTracker = announce[0]?.[0]
  const trackers: Entry[] = firstTracker === undefined ? [] : [['announce', firstTracker], ['announce-list', announce]]
  const bytes = hasV2(fields.metaVersion) ? layersBytes(fields) : 0
  const layers: Array<Buffer | Gap> = hasV2(fields.metaVersion) ? [PIECE_LAYERS, { gap: 'layers', bytes }, END] : []
  return compact([
    BEGIN,
    encodeEntries(trackers),
    CREATED_BY,
    encodeEntries(creationDate === undefined ? [] : [['creation date', Math.floor(creationDate.getTime() / 1000)]]),
    ENCODING_AND_INFO,
    ...infoParts(fields),
    ...layers,
    encodeEntries(urlList.length > 0 ? [['url-list', urlList]] : []),
    ...hasV2(fields.metaVersion) ? [{ gap: 'rest', bytes } as const] : [],
    END
  ])
}

type Entry = readonly [key: string, value: BencodeValue]
