import type { IncomingMessage, RequestListener } from 'node:http'

// Node drops headers behind the last one it may keep, without a word: a signature among them, or the address behind a
// proxy. So a server keeps one more than it takes (`createHttpServer`), and a request that has it is refused.

/** Whether a request has more than `most` headers, of a server with these `maxHeaders`. */
export const hasMoreHeaders = ({ rawHeaders }: IncomingMessage, most: number): boolean => rawHeaders.length > 2 * most

/** A listener that answers more than `most` headers with 431 (RFC 6585 §5), and ends the connection. */
export function atMostHeaders (most: number, listener: RequestListener): RequestListener {
  const text = `A request has at most ${most} headers.\n`
  const head = { 'content-type': 'text/plain', 'content-length': text.length, connection: 'close' }
  return (request, response) => {
    if (hasMoreHeaders(request, most)) response.writeHead(431, head).end(text)
    else listener(request, response)
  }
}
