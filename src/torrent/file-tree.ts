import { encode, encodeEntries } from './bencode/encode.js'
import type { LaidFile } from './layout.js'
import { SHA256_BYTES } from './merkle.js'
import type { Gap } from './template.js'

const ENTER = Buffer.from('d')
const LEAVE = Buffer.from('e')
const FILE = encode('')
const ROOT = Buffer.concat([encode('pieces root'), Buffer.from(`${SHA256_BYTES}:`)])

/**
 * The value of `file tree` (BEP 52): a dictionary for each folder, and under the empty name for each file.
 * @param files in the order of the tree: component by component, as raw bytes
 */
export function fileTree (files: readonly LaidFile[]): Array<Buffer | Gap> {
  const parts: Array<Buffer | Gap> = [ENTER]
  let folder: readonly string[] = []
  const leaveTo = (depth: number): void => {
    for (let left = folder.length; left > depth; left--) parts.push(LEAVE)
  }
  for (const [i, { path, length }] of files.entries()) {
    const inside = path.slice(0, -1)
    const shared = inside.findIndex((name, depth) => folder[depth] !== name)
    const depth = shared < 0 ? Math.min(inside.length, folder.length) : shared
    leaveTo(depth)
    for (const name of inside.slice(depth)) parts.push(encode(name), ENTER)
    folder = inside
    parts.push(encode(path.at(-1) ?? ''), ENTER, FILE, ENTER, encodeEntries([['length', length]]))
    // An empty file has no tree.
    if (length > 0) parts.push(ROOT, { gap: 'root', bytes: SHA256_BYTES, file: i })
    parts.push(LEAVE, LEAVE)
  }
  leaveTo(0)
  parts.push(LEAVE)
  return parts
}
