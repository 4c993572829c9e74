import type { BencodedValue } from './bencode/value.js'
import { SHA256_BYTES } from './merkle.js'
import { NotATorrent } from './not-a-torrent.js'
import type { TorrentTexts } from './torrent-texts.js'

/** A file that a torrent describes. */
export interface ContentFile {
  /** Its components with slashes between, below the torrent's name; of a torrent that is one file, that name. */
  readonly path: string
  /** Bytes. */
  readonly length: number
  /**
   * Whether the components are names that a file below a folder can have, each without a slash: what is split at the
   * slashes of `path` is them, and leads nowhere else.
   */
  readonly isBelow: boolean
  /** A symbolic link (BEP 47), which has no bytes of its own. */
  readonly isLink: boolean
  /**
   * Of its first byte among all bytes of version 1, padding included. Undefined in version 2 alone, and where the two
   * halves of a hybrid do not have the same file here.
   */
  readonly offset: number | undefined
  /** `pieces root` (BEP 52); undefined in version 1, of an empty file, and where it is none. */
  readonly root: Buffer | undefined
}

export interface V1Files {
  readonly files: ContentFile[]
  readonly isSingleFile: boolean
  /** Bytes of all, padding included. */
  readonly size: number
}

/**
 * Of all files of version 2 together, whose directories are written once and are in the path of everything below them.
 */
const MAX_PATH_CHARACTERS = 64 * 1024 * 1024
/** What BitComet called its padding, years before BEP 47. */
const BITCOMET_PADDING = /(^|\/)_____padding_file_[^/]*$/

/** The files of version 1. @param name the torrent's @throws NotATorrent */
export function v1FilesOf (info: BencodedValue, name: string, texts: TorrentTexts): V1Files {
  const list = info.get('files')
  if (list?.isList !== true) {
    const length = lengthOf(info)
    const file = { path: name, length, isBelow: isName(name), isLink: false, offset: 0, root: undefined }
    return { files: [file], isSingleFile: true, size: length }
  }
  const files: ContentFile[] = []
  let size = 0
  for (const file of list.items()) {
    const components = texts.path(file)
    if (components === undefined) throw new NotATorrent('is no torrent: a file of it has no path')
    const path = components.join('/')
    const attributes = file.get('attr')?.text ?? ''
    const isLink = attributes.includes('l')
    // Of a symbolic link it may be left out.
    const length = isLink && file.get('length') === undefined ? 0 : lengthOf(file)
    if (!attributes.includes('p') && !BITCOMET_PADDING.test(path)) {
      files.push({ path, length, isBelow: areNames(components), isLink, offset: size, root: undefined })
    }
    size += length
  }
  return { files, isSingleFile: false, size }
}

/** The files of a `file tree` (BEP 52). @param v1 those of its other half, in a hybrid @throws NotATorrent */
export function v2FilesOf (tree: BencodedValue, v1: readonly ContentFile[] | undefined): ContentFile[] {
  const files: ContentFile[] = []
  let characters = 0
  const walk = (directory: BencodedValue, path: string, isBelow: boolean): void => {
    for (const [name, below] of directory.entries()) {
      if (!below.isDictionary) throw new NotATorrent('is no torrent: its file tree is none')
      if (name.written.length > 0) {
        const text = name.text ?? ''
        walk(below, path === '' ? text : `${path}/${text}`, isBelow && isName(text))
        continue
      }
      characters += path.length
      if (characters > MAX_PATH_CHARACTERS) {
        throw new NotATorrent(
          `is no torrent: the paths of its files have more than ${MAX_PATH_CHARACTERS.toLocaleString('en')} characters`
        )
      }
      const length = lengthOf(below)
      const twin = v1?.[files.length]
      const offset = twin?.path === path && twin.length === length ? twin.offset : undefined
      const isLink = below.get('attr')?.text?.includes('l') === true
      files.push({ path, length, isBelow: isBelow && path !== '', isLink, offset, root: rootOf(below) })
    }
  }
  walk(tree, '', true)
  return files
}

function lengthOf (file: BencodedValue): number {
  const length = file.get('length')?.integer ?? -1
  if (length < 0) throw new NotATorrent('is no torrent: a file of it has no length')
  return length
}

function rootOf (file: BencodedValue): Buffer | undefined {
  const root = file.get('pieces root')?.byteString
  return root?.length === SHA256_BYTES ? root : undefined
}

function areNames (components: readonly string[]): boolean {
  return components.length > 0 && components.every(isName)
}

function isName (component: string): boolean {
  return component !== '' && component !== '.' && component !== '..' && !/[/\0]/.test(component)
}
