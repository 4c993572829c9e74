/** A URL, or what was meant for one, as it may be said: its user, its password and its query may be secrets. */
export function shownUrl (text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1…@').replace(/\?.*$/s, '?…')
}
