const MAX_DECODES = 5
// With a path parameter behind the dots (RFC 3986 §3.3), some servers take them for the same.
const DOT_SEGMENT = /(^|[/\\])\.\.?(?=[/\\;]|$)/
const ESCAPE = /%(2[Ee]|2[Ff]|5[Cc]|3[Bb]|25)/g

/**
 * Whether a key has a `.` or `..` part, or would have one after it is decoded again, or where `\` separates. To S3 that
 * is a key like any other; a store, or a proxy before it, that removes dot segments (RFC 3986 §5.2.4) would read
 * another one.
 */
export function climbs (key: string): boolean {
  let text = key
  for (let decodes = 0; decodes < MAX_DECODES; decodes++) {
    if (DOT_SEGMENT.test(text)) return true
    if (!text.includes('%')) return false
    const decoded = text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    if (decoded === text) return false
    text = decoded
  }
  return true
}
