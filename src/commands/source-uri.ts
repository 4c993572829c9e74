import { credentialsOf } from '../util/url-credentials.js'
import { assertBucketName, assertKeyLength } from '../s3/address.js'
import { isMagnetLink } from '../torrent/magnet-link.js'
import { shownUrl } from '../util/shown-url.js'
import { UsageError } from './errors.js'

/** Where a command line says that bytes are. */
export type SourceUri =
  | { readonly kind: 's3', readonly bucket: string, readonly key: string }
  | { readonly kind: 'url', readonly url: URL }
  | { readonly kind: 'file', readonly path: string }

// As WHATWG's URL takes them away: escaped too, and behind backslashes.
const DOTS = /^[^?#]*[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i

/**
 * `s3://bucket/key` (the key as it is, as aws-cli takes it), `http(s)://…`, and the rest is a path.
 * @throws UsageError
 */
export function sourceUriOf (text: string): SourceUri {
  if (isMagnetLink(text)) {
    throw new UsageError(
      'A magnet link names a torrent and holds no bytes; the bytes are s3://bucket/key, a file, or an http(s) URL.'
    )
  }
  if (/^s3:\/\//i.test(text)) return s3UriOf(text)
  if (!/^https?:\/\//i.test(text)) return { kind: 'file', path: text }
  if (!URL.canParse(text)) throw new UsageError(`"${shownUrl(text)}" is no URL.`)
  if (DOTS.test(text)) {
    throw new UsageError(
      `"${shownUrl(text)}" has a . or .. part, which a URL cannot carry: every client takes it away. Name the ` +
      'object as s3://bucket/key, or write the URL without it.'
    )
  }
  const url = new URL(text)
  if (credentialsOf(url) === undefined) {
    throw new UsageError(
      `The user or the password in "${shownUrl(text)}" has a % that is no escape; a % itself is written %25.`
    )
  }
  return { kind: 'url', url }
}

/** `s3://bucket` and `s3://bucket/key`; without a key it is ''. @throws UsageError */
export function s3UriOf (text: string): Extract<SourceUri, { kind: 's3' }> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? []
  try {
    assertBucketName(bucket)
    assertKeyLength(key)
  } catch (cause) {
    throw new UsageError(
      `"${text}" is no s3://bucket/key: ` +
      `${bucket === '' ? 'it names no bucket' : (cause as Error).message.toLowerCase().replace(/\.$/, '')}.`,
      cause
    )
  }
  return { kind: 's3', bucket, key }
}
