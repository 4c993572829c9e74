const SECOND_MS = 1_000

let second = NaN
let date = ''

/**
 * What stands before a document, as node:http writes it.
 * @param length bytes of the document
 * @param isKept whether the connection stays for another request, so long
 */
export function replyHead (length: number, isKept: boolean, keepAliveMs: number): string {
  const connection = isKept
    ? `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / SECOND_MS)}`
    : 'close'
  return `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\nCache-Control: no-store\r\n` +
    `Date: ${httpDate()}\r\nConnection: ${connection}\r\n\r\n`
}

/** The time now (RFC 9110 §5.6.7). */
function httpDate (): string {
  const now = Math.floor(Date.now() / SECOND_MS)
  if (now !== second) {
    second = now
    date = new Date(now * SECOND_MS).toUTCString()
  }
  return date
}
