import { encodeUri } from '../s3/uri.js'

/**
 * `Content-Disposition: attachment` for a file name (RFC 6266, RFC 8187). Without a trailing semicolon: aria2 1.36 does
 * not parse AWS's own form, saves the torrent under the object's name and then refuses to write the object.
 */
export function attachment (fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7E]|["\\%]/gu, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeUri(fileName)}`
}
