import { foldedComponent, safeComponent } from './path-component.js'
import { siblingNames } from './sibling-names.js'
import type { Sibling } from './sibling-names.js'

/** Where a multi-file torrent has an object. */
export interface TorrentPath {
  readonly key: string
  /** Its components (BEP 3), below the torrent's name. */
  readonly path: readonly string[]
}

// A BEP 52 file tree is nested as deep as its paths, and Transmission 4 reads 32 levels of a .torrent. What is in a key
// below this depth is one component.
const MAX_DEPTH = 24
// BEP 47 has the pads of a torrent there.
const PAD_FOLDER = foldedComponent('.pad')

/** The objects of one folder of keys. */
interface Entry {
  readonly key: string
  /** Below the prefix. */
  readonly rest: string
}

interface Child extends Sibling { readonly entries: Entry[] }

/**
 * The paths of objects in a prefix torrent, in the order of a BEP 52 file tree: component by component, raw bytes of
 * UTF-8. They do not depend on the order of `keys`; one that is there twice counts once. No path is also a folder's,
 * and no two are the same where case and Unicode form count for nothing: `siblingNames` says which is renamed.
 *
 * An S3 prefix is no folder but a string: `data/20` matches `data/2024/x` and `data/2025.csv`. What a path leaves out
 * of a key is the prefix as far as its last slash: these two are `2024/x` and `2025.csv`. An empty part of a key is
 * `_`: the object that stands for a folder (`data/2024/`) is a file `_` in it.
 *
 * @throws TypeError for a key that is not under the prefix: who may read the one need not be allowed the other
 */
export function torrentPaths (prefix: string, keys: readonly string[]): TorrentPath[] {
  const start = prefix.lastIndexOf('/') + 1
  const entries = Array.from(new Set(keys), (key) => {
    if (!key.startsWith(prefix)) throw new TypeError('a key is not under the prefix')
    return { key, rest: key.slice(start) }
  })
  const paths: TorrentPath[] = []
  layOut(entries, 0, [], paths)
  return paths
}

/**
 * The name of a prefix torrent, which is the folder that it is saved as: the last part of the prefix that is a whole
 * folder's, made safe. Of `data/2024/` it is `2024`, and of `data/20`, which is no folder, `data`. Where there is none,
 * the bucket's.
 */
export function prefixName (bucket: string, prefix: string): string {
  const folders = prefix.slice(0, prefix.lastIndexOf('/') + 1).split('/')
  return safeComponent(folders.findLast((part) => part !== '') ?? bucket)
}

/** @param at where in each entry's rest its part in this folder begins, which is the same in all */
function layOut (entries: readonly Entry[], at: number, above: readonly string[], paths: TorrentPath[]): void {
  const names = siblingNames(childrenOf(entries, at, above.length))
  const inOrder = Array.from(names, ([child, name]) => ({ child, name, bytes: Buffer.from(name) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  for (const { child: { isFolder, place, entries }, name } of inOrder) {
    const path = [...above, name]
    if (isFolder) layOut(entries, place.length, path, paths)
    else for (const { key } of entries) paths.push({ key, path })
  }
}

function childrenOf (entries: readonly Entry[], at: number, depth: number): Child[] {
  const children = new Map<string, Child>()
  for (const entry of entries) {
    const slash = depth + 1 < MAX_DEPTH ? entry.rest.indexOf('/', at) : -1
    const isFolder = slash !== -1
    const place = isFolder ? entry.rest.slice(0, slash + 1) : entry.rest
    const known = children.get(place)
    if (known !== undefined) known.entries.push(entry)
    else children.set(place, childOf(entry, at, depth, place, isFolder))
  }
  return [...children.values()]
}

function childOf (entry: Entry, at: number, depth: number, place: string, isFolder: boolean): Child {
  const part = place.slice(at, isFolder ? -1 : undefined)
  const safe = safeComponent(part)
  const component = depth === 0 && foldedComponent(safe) === PAD_FOLDER ? `_${safe}` : safe
  const isPlain = component === part && !part.includes('%')
  return { component, isPlain, isFolder, place, entries: [entry] }
}
