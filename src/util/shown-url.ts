/** A URL, or what was meant for one, as it may be said: its user, its password and its query may be secrets. */
export function shownUrl (text: string): string {
  if (/\?.*@/s.test(text)) return ambiguous(text)
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1…@').replace(/\?.*$/s, '?…')
}

// What is before an `@` behind a `?` is a user to one reader and a query to another: of what is no URL nothing is said.
function ambiguous (text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.host === '') return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*$/is, '$1…')
  return `${url.protocol}//${url.username === '' && url.password === '' ? '' : '…@'}${url.host}${url.pathname}?…`
}
