import { encode, encodeEntries } from './bencode/encode.js'
import { fileList } from './file-list.js'
import { fileTree } from './file-tree.js'
import type { Layout } from './layout.js'
import { hasV1, hasV2 } from './meta-version.js'
import type { MetaVersion } from './meta-version.js'
import { PieceDigests } from './piece-digests.js'
import { compact } from './template.js'
import type { Gap, Template } from './template.js'

/** What an info dictionary says besides its digests. */
export interface InfoFields {
  readonly name: string
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  readonly layout: Layout
  /** Whether the torrent is its one file, else a folder of files. */
  readonly isSingleFile: boolean
  /** S3 wrote bucket and key into info; they tell everybody the bucket's name. */
  readonly origin?: { readonly bucket: string, readonly key: string }
}

const BEGIN = Buffer.from('d')
const END = Buffer.from('e')
const FILE_TREE = encode('file tree')
const FILES = encode('files')
const PIECES = encode('pieces')

/** The one maker of info dictionaries (BEP 3, BEP 52, canonical): all of one that is known before a piece is hashed. */
export function infoTemplate (fields: InfoFields): Template {
  return compact(infoParts(fields))
}

/** The same in parts, for a template that it is in. */
export function infoParts (fields: InfoFields): Array<Buffer | Gap> {
  const { name, pieceLength, metaVersion, layout, isSingleFile, origin } = fields
  const parts: Array<Buffer | Gap> = [BEGIN]
  if (hasV2(metaVersion)) {
    parts.push(FILE_TREE, ...fileTree(layout.files))
  }
  if (hasV1(metaVersion)) {
    if (isSingleFile) parts.push(encodeEntries([['length', layout.size]]))
    else parts.push(FILES, fileList(layout, metaVersion))
  }
  if (hasV2(metaVersion)) parts.push(encodeEntries([['meta version', 2]]))
  parts.push(encodeEntries([['name', name], ['piece length', pieceLength]]))
  if (hasV1(metaVersion)) {
    const bytes = PieceDigests.bytesOf({ size: layout.size, pieceLength, metaVersion: 1 })
    parts.push(PIECES, Buffer.from(`${bytes}:`), { gap: 'pieces', bytes })
  }
  if (origin !== undefined) {
    parts.push(encodeEntries([['x-amz-bucket', origin.bucket], ['x-amz-key', origin.key]]))
  }
  parts.push(END)
  return parts
}
