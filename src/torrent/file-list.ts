import type { Layout } from './layout.js'

/** The folder of pads (BEP 47); no file of a torrent may be in it. */
export const PAD_FOLDER = '.pad'

/** The value of `files` (BEP 3), with the pads between them (BEP 47). */
export function fileList ({ files, size }: Layout): Buffer {
  let text = 'l'
  let end = 0
  for (const { path, length, offset } of files) {
    text += pad(offset - end) + entry('', length, path)
    end = offset + length
  }
  return Buffer.from(`${text}${pad(size - end)}e`)
}

function pad (length: number): string {
  return length > 0 ? entry('4:attr1:p', length, [PAD_FOLDER, String(length)]) : ''
}

function entry (attributes: string, length: number, path: readonly string[]): string {
  const components = path.map((name) => `${Buffer.byteLength(name)}:${name}`).join('')
  return `d${attributes}6:lengthi${length}e4:pathl${components}ee`
}
