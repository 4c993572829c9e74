import { domainToASCII } from 'node:url'

// RFC 3986 §2: what stands in a URL as it is; the placeholders of a web seed's template stay, too.
const TO_ESCAPE = /\{(?:bucket|key)\}|%(?![0-9A-Fa-f]{2})|[^!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]/gu
const BEYOND_ASCII = /[^\x20-\x7E]/

/**
 * A URL as clients have to send it, for people write spaces and letters of every script: those are escaped, and a host
 * becomes Punycode (RFC 3492). All else is as written, since a tracker's URL is an identifier to clients. Undefined for
 * what is no absolute URL.
 */
export function escapedUrl (text: string): string | undefined {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]+)(.*)$/is.exec(text.trim()) ?? []
  if (scheme === '' || !URL.canParse(text)) return undefined
  const at = authority.lastIndexOf('@') + 1
  const host = authority.slice(at).split('.').map((label) => BEYOND_ASCII.test(label) ? asciiLabel(label) : label).join(
    '.'
  )
  return scheme + escape(authority.slice(0, at)) + host + escape(rest)
}

// The last one may have the port behind it.
function asciiLabel (label: string): string {
  const [, name = '', port = ''] = /^(.*?)(:\d*)?$/s.exec(label) ?? []
  return domainToASCII(name) + port
}

function escape (text: string): string {
  return text.replace(
    TO_ESCAPE, (found) => found.length > 1 && found.startsWith('{') ? found : encodeURIComponent(found)
  )
}
