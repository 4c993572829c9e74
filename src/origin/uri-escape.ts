/** Escapes every byte but RFC 3986's unreserved ones, as AWS's UriEncode does. */
export function encodeUri (text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Like encodeUri, with `/` kept. */
export function encodeUriPath (path: string): string {
  return path.split('/').map(encodeUri).join('/')
}
