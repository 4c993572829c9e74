import { isWeak, readEtag } from '../s3/etag.js'
import { encodeUri } from '../s3/uri.js'
import { fileNameOf } from './file-name.js'
import type { Identity } from './identity.js'

/**
 * The seed path's pin: which version of an object its bytes must be. `<base64url of the ETag as readEtag writes it>`,
 * and `.<base64url of the versionId>` where the torrent is of one version.
 */
export interface Pin { readonly etag: string, readonly versionId?: string }

export function formatPin ({ etag, versionId }: Pin): string {
  return base64url(etag) + (versionId === undefined ? '' : `.${base64url(versionId)}`)
}

/** Undefined for what formatPin does not write. */
export function parsePin (text: string): Pin | undefined {
  const [etag, versionId, ...more] = text.split('.', 3).map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  if (etag === undefined || isWeak(etag) || readEtag(etag) !== etag || more.length > 0) return undefined
  if (versionId !== undefined && !/^[\x21-\x7E]+$/.test(versionId)) return undefined
  const pin = { etag, ...(versionId !== undefined && { versionId }) }
  return formatPin(pin) === text ? pin : undefined
}

/** What a web seed's URL is made of. */
export type SeededObject = Pin & Pick<Identity, 'bucket' | 'key' | 'metaVersion'>

/**
 * The `url-list` entry (BEP 19) of an object: a path of this server without `?`, because libtorrent drops a web seed
 * with a query on a private address, and without anything that clients normalise or add to. Undefined where no spelling
 * helps.
 */
export function webSeedUrl (base: string, { bucket, key, metaVersion, ...pin }: SeededObject): string | undefined {
  const path = keyPath(key)
  if (path === undefined) return undefined
  // Libtorrent 2.0 appends the name to the URL of a version 2 of one file.
  const [mark, end] = metaVersion === 2 ? [FOLDER, '/'] : ['', '']
  return `${base}/-/seed/${mark}${formatPin(pin)}/${encodeUri(bucket)}/${path}${end}`
}

/** Before a pin: clients append the torrent's name to the URL, which ends in a slash. */
export const FOLDER = '~'

/**
 * Where public torrents say that their bytes are: this server's seed path, or a URL with `{bucket}` and `{key}` in it.
 */
export type WebSeed = 'self' | { readonly template: string }

/**
 * The URL that a template makes, with the key escaped as in an S3 path. To a folder's URL, which ends in a slash, some
 * clients append the torrent's name and others do not (BEP 19): it is appended here. Undefined where no spelling of the
 * key helps.
 */
export function fillTemplate (
  template: string, bucket: string, key: string, name = fileNameOf(key)
): string | undefined {
  const path = keyPath(key)
  if (path === undefined && template.includes('{key}')) return undefined
  const url = template.replaceAll('{bucket}', () => encodeUri(bucket)).replaceAll('{key}', () => path ?? '')
  if (url.endsWith('/') && !url.includes('?')) return url + encodeUri(name)
  return /^[^/]*\/\/[^/?]+$/.test(url) ? `${url}/${encodeUri(name)}` : url
}

// A key with an empty, `.` or `..` part, or one that ends in `/`, has its slashes escaped, or clients would normalise
// it or add a name to it.
function keyPath (key: string): string | undefined {
  if (key === '.' || key === '..') return undefined
  const parts = key.split('/').map(encodeUri)
  return parts.join(parts.some((part) => part === '' || part === '.' || part === '..') ? '%2F' : '/')
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
