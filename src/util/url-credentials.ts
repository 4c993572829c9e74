/** `user:password` of a URL as Basic takes it; undefined where an escape in it is none. */
export function credentialsOf ({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}
