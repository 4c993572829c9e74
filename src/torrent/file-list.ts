import { encodeEntries } from './bencode/encode.js'
import type { Layout } from './layout.js'

const ENTER = Buffer.from('d')
const LEAVE = Buffer.from('e')

/** The folder of pads (BEP 47); no file of a torrent may be in it. */
export const PAD_FOLDER = '.pad'

/** The value of `files` (BEP 3), with the pads between them (BEP 47). */
export function fileList ({ files, size }: Layout): Buffer {
  const parts: Buffer[] = [Buffer.from('l')]
  let end = 0
  const padTo = (offset: number): void => {
    if (offset > end) parts.push(pad(offset - end))
  }
  for (const { path, length, offset } of files) {
    padTo(offset)
    parts.push(ENTER, encodeEntries([['length', length], ['path', path]]), LEAVE)
    end = offset + length
  }
  padTo(size)
  parts.push(LEAVE)
  return Buffer.concat(parts)
}

function pad (length: number): Buffer {
  const entries = encodeEntries([['attr', 'p'], ['length', length], ['path', [PAD_FOLDER, String(length)]]])
  return Buffer.concat([ENTER, entries, LEAVE])
}
