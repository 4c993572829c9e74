import { connect } from 'node:net'

export interface RawResponse {
  /** Everything that was received. */
  raw: Buffer
  /** Of the final response: 1xx are passed over. 0 when none came. */
  status: number
  /** Lower-case names; every value of a repeated one. */
  headers: Record<string, string[]>
  /** What followed the head: chunked bodies with their framing, and further responses too. */
  body: Buffer
  /** The whole response came. */
  complete: boolean
  /** The server closed or reset the connection. */
  closed: boolean
  /** Until the first byte; undefined when none came. */
  firstByteMs: number | undefined
}

/** How long a server that has answered has for closing its side. */
const CLOSE_GRACE_MS = 150

/**
 * Writes these bytes to a loopback port and reads until the response is complete, the server closes, or time is up.
 * Rejects only when nobody listens.
 */
export async function rawRequest (
  port: number, bytes: string | Buffer, { timeoutMs = 10_000, host = '127.0.0.1' } = {}
): Promise<RawResponse> {
  const headless = /^HEAD /.test(bytes.toString('latin1').slice(0, 5))
  const startedAt = performance.now()
  let firstByteMs: number | undefined
  let raw: Buffer = Buffer.alloc(0)
  let closed = false
  let connected = false
  const socket = connect({ port, host, noDelay: true })
  try {
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(resolve, timeoutMs)
      let grace: NodeJS.Timeout | undefined
      const end = (): void => {
        closed = true
        clearTimeout(limit)
        clearTimeout(grace)
        resolve()
      }
      socket.once('connect', () => {
        connected = true
        socket.write(bytes)
      })
      socket.on('data', (chunk) => {
        firstByteMs ??= performance.now() - startedAt
        raw = Buffer.concat([raw, chunk])
        if (grace === undefined && parse(raw, headless).complete) {
          grace = setTimeout(() => { clearTimeout(limit); resolve() }, CLOSE_GRACE_MS)
        }
      })
      socket.once('end', end)
      socket.once('close', end)
      socket.on('error', (error) => {
        if (connected) return end()
        clearTimeout(limit)
        reject(error)
      })
    })
  } finally {
    socket.destroy()
  }
  return { raw, ...parse(raw, headless), closed, firstByteMs }
}

function parse (raw: Buffer, headless: boolean): Pick<RawResponse, 'status' | 'headers' | 'body' | 'complete'> {
  const none = { status: 0, headers: {}, body: Buffer.alloc(0), complete: false }
  const end = raw.indexOf('\r\n\r\n')
  if (end === -1) return none
  const [statusLine = '', ...lines] = raw.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0)
  const body = raw.subarray(end + 4)
  if (status >= 100 && status < 200) return parse(body, headless)
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):\s*(.*?)\s*$/.exec(line) ?? []
    ;(headers[name.toLowerCase()] ??= []).push(value)
  }
  const length = headers['content-length']?.[0]
  const bodiless = headless || status === 204 || status === 304
  const complete = bodiless ||
    (length !== undefined && body.length >= Number(length)) ||
    (headers['transfer-encoding'] !== undefined && body.toString('latin1').endsWith('0\r\n\r\n'))
  return { status, headers, body, complete }
}
