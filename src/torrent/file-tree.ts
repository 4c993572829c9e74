import { encodedText } from './bencode/encode.js'
import type { LaidFile } from './layout.js'
import { SHA256_BYTES } from './merkle.js'
import type { Gap } from './template.js'

/**
 * The value of `file tree` (BEP 52): a dictionary for each folder, and under the empty name for each file.
 * @param files in the order of the tree: component by component, as raw bytes
 */
export function fileTree (files: readonly LaidFile[]): Array<Buffer | Gap> {
  const parts: Array<Buffer | Gap> = []
  let text = 'd'
  let folder: readonly string[] = []
  for (const [file, { path, length }] of files.entries()) {
    const inside = path.slice(0, -1)
    const shared = sharedDepth(folder, inside)
    text += 'e'.repeat(folder.length - shared)
    for (const name of inside.slice(shared)) text += `${encodedText(name)}d`
    folder = inside
    text += `${encodedText(path.at(-1) ?? '')}d0:d6:lengthi${length}e`
    if (length > 0) { // an empty file has no tree
      parts.push(Buffer.from(`${text}11:pieces root${SHA256_BYTES}:`), { gap: 'root', bytes: SHA256_BYTES, file })
      text = ''
    }
    text += 'ee'
  }
  parts.push(Buffer.from(`${text}${'e'.repeat(folder.length)}e`))
  return parts
}

function sharedDepth (a: readonly string[], b: readonly string[]): number {
  let depth = 0
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++
  return depth
}
