const HTML = /^(text\/html|application\/xhtml\+xml)\b/
const BEGINS_AS_HTML = /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i
const BEGINS_AS_LISTING = /^\uFEFF?\s*(<\?xml[^>]*>\s*)?<List\w*(Result|Response)\b/
const LOOKED_AT = 4096

/**
 * What a server answers where there is no file, in words: by its Content-Type, which may be '', and by how it begins.
 * Undefined for what may be a file.
 */
export function pageOf (contentType: string, bytes: Buffer): string | undefined {
  const begin = bytes.toString('utf8', 0, LOOKED_AT)
  if (HTML.test(contentType) || BEGINS_AS_HTML.test(begin)) return 'a web page'
  return BEGINS_AS_LISTING.test(begin) ? "a store's listing" : undefined
}
