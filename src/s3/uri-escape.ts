const UNRESERVED = /^[A-Za-z0-9_.~-]*$/

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
