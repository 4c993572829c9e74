import { S3Error } from './errors.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// What needs no look at its bytes: most of what is asked for, and the thousands of short names that fit into a query.
const ASCII = /^[\u0001-\u007F]*$/
const UNRESERVED = /^[A-Za-z0-9_.~-]*$/

/**
 * Percent-decodes once (RFC 3986 §2.1). `raw` is as node:http hands it over: one character a byte.
 * @throws S3Error InvalidURI on a broken escape, NUL, or bytes that are not UTF-8
 */
export function decodeUri (raw: string): string {
  const isAscii = ASCII.test(raw)
  if (isAscii && !raw.includes('%')) return raw
  try {
    if (isAscii) return withoutNul(decodeURIComponent(raw))
    if (/%(?![0-9A-Fa-f]{2})/.test(raw)) throw new TypeError('broken escape')
    const bytes = Buffer.from(
      raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1'
    )
    return withoutNul(utf8.decode(bytes))
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause })
  }
}

function withoutNul (text: string): string {
  if (text.includes('\0')) throw new TypeError('NUL')
  return text
}

/** Escapes every byte but RFC 3986's unreserved ones, as AWS's UriEncode does. */
export function encodeUri (text: string): string {
  if (UNRESERVED.test(text)) return text
  return encodeURIComponent(text).replace(
    /[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

/** Like encodeUri, with `/` kept. */
export function encodeUriPath (path: string): string {
  return path.split('/').map(encodeUri).join('/')
}
