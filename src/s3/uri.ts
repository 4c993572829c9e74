import { S3Error } from './errors.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Percent-decodes once (RFC 3986 §2.1). `raw` is as node:http hands it over: one character a byte.
 * @throws S3Error InvalidURI on a broken escape, NUL, or bytes that are not UTF-8
 */
export function decodeUri (raw: string): string {
  try {
    if (/%(?![0-9A-Fa-f]{2})/.test(raw)) throw new TypeError('broken escape')
    const bytes = Buffer.from(raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
    if (bytes.includes(0)) throw new TypeError('NUL')
    return utf8.decode(bytes)
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause })
  }
}
