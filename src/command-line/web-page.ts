const HTML = /^(text\/html|application\/xhtml\+xml)\b/
const BEGINS_AS_HTML = /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i
const LOOKED_AT = 4096

/** Whether what a server answers is HTML: by its type, which may be '', and by how it begins. */
export function isWebPage (contentType: string, bytes: Buffer): boolean {
  return HTML.test(contentType) || BEGINS_AS_HTML.test(bytes.toString('utf8', 0, LOOKED_AT))
}
