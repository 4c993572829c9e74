import { printable } from '../../util/unprintable.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { bytes, count } from '../format.js'

type File = TorrentFile['files'][number]

/** A folder of a torrent, with what is shown in it; or a file. */
interface Node {
  readonly name: string
  /** Bytes of it, or of all files in it. */
  size: number
  /** Undefined: it is a file. */
  readonly below: Map<string, Node> | undefined
  /** Files in it, or below it, that are not shown. */
  hidden: number
}

/** A hostile path would have as many folders as characters. */
const MAX_DEPTH = 32

/**
 * The files of a torrent as a tree, in its order, each folder where its first file is, with the sum of all its files.
 * @param most files that are shown
 */
export function fileTreeLines (files: readonly File[], most: number): string[] {
  const root: Node = { name: '', size: 0, below: new Map(), hidden: 0 }
  for (const [index, file] of files.entries()) add(root, file, index < most)
  const more = files.length - most
  return [
    ...linesOf(root, ''),
    ...more > 0 ? [`… and ${count(more, 'file')} more; --json names all`] : []
  ]
}

/** What is not shown counts in the folders that are. */
function add (root: Node, { path, length, isLink }: File, isShown: boolean): void {
  const folders = path.split('/')
  const names = folders.splice(0, Math.min(folders.length - 1, MAX_DEPTH))
  let node = root
  for (const name of names) {
    node.size += length
    const key = `${name}/`
    let next = node.below?.get(key)
    if (next === undefined) {
      if (!isShown) {
        node.hidden++
        return
      }
      next = { name: key, size: 0, below: new Map(), hidden: 0 }
      node.below?.set(key, next)
    }
    node = next
  }
  node.size += length
  if (!isShown) {
    node.hidden++
    return
  }
  const name = `${folders.join('/')}${isLink ? ' (a link)' : ''}`
  // Two files of one path are two lines.
  node.below?.set(`/${node.below.size} ${name}`, { name, size: length, below: undefined, hidden: 0 })
}

function linesOf ({ below, hidden }: Node, indent: string): string[] {
  const nodes = [...below?.values() ?? []]
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1 && hidden === 0
    const line = `${indent}${isLast ? '└── ' : '├── '}${printable(node.name)}  (${bytes(node.size)})`
    return node.below === undefined ? [line] : [line, ...linesOf(node, `${indent}${isLast ? '    ' : '│   '}`)]
  }).concat(hidden > 0 ? [`${indent}└── …`] : [])
}
