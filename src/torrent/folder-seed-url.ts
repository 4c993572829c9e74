import { encodeUri } from '../s3/uri.js'

/** Where a template's torrent of several files stands among the keys. */
export interface SeededFolder {
  readonly bucket: string
  /** The keys' part in front of the torrent's name, which ends in a slash where there is any. */
  readonly above: string
}

/**
 * The `url-list` entry (BEP 19) of a torrent of several files that a template makes: clients append the torrent's name
 * and the path of a file, so it is the folder in which there is one of that name, and ends in a slash. `{key}` is what
 * stands in front of that name in the keys. Undefined where that cannot be: behind a `?`, or of keys that clients would
 * normalise.
 */
export function fillFolderTemplate (template: string, { bucket, above }: SeededFolder): string | undefined {
  if (template.includes('?')) return undefined
  const parts = above.split('/').slice(0, -1)
  if (template.includes('{key}') && parts.some((part) => ['', '.', '..'].includes(part))) return undefined
  const url = template.replaceAll('{bucket}', () => encodeUri(bucket))
    .replaceAll('{key}', () => parts.map(encodeUri).join('/'))
  return url.endsWith('/') ? url : `${url}/`
}
