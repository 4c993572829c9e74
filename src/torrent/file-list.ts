import { encodedText } from './bencode/encode.js'
import type { Layout } from './layout.js'
import type { MetaVersion } from './meta-version.js'

/** The folder of pads (BEP 47); no file of a torrent may be in it. */
export const PAD_FOLDER = '.pad'

/**
 * The value of `files` (BEP 3), with the pads between them (BEP 47): `.pad/<bytes>`. rtorrent 0.9.8 refuses a torrent
 * in which two files have one path, so of version 1 a second pad of a length is `.pad/<bytes>.2`. Those of a hybrid are
 * all as libtorrent writes them: else it would not have the info hash of libtorrent's own torrent of the same files.
 */
export function fileList ({ files, size }: Layout, metaVersion: MetaVersion): Buffer {
  const times = new Map<number, number>()
  let text = 'l'
  let end = 0
  const padTo = (offset: number): void => {
    if (offset <= end) return
    const length = offset - end
    const time = metaVersion === 1 ? (times.get(length) ?? 0) + 1 : 1
    times.set(length, time)
    text += entry('4:attr1:p', length, [PAD_FOLDER, time === 1 ? String(length) : `${length}.${time}`])
  }
  for (const { path, length, offset } of files) {
    padTo(offset)
    text += entry('', length, path)
    end = offset + length
  }
  padTo(size)
  return Buffer.from(`${text}e`)
}

function entry (attributes: string, length: number, path: readonly string[]): string {
  const components = path.map(encodedText).join('')
  return `d${attributes}6:lengthi${length}e4:pathl${components}ee`
}
