import { request } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** Clients give up when no byte has come for so long, as aria2 and boto3 do. */
export const CLIENT_PATIENCE_MS = 60_000

export interface HttpRequest {
  method?: string
  headers?: OutgoingHttpHeaders
  /** The address of this machine that it comes from: all of 127.0.0.0/8 are. */
  from?: string
  /** A limit on the whole, after which the connection is destroyed. */
  timeoutMs?: number
  /** The client leaves when no byte has come for so long; else it waits for as long as `timeoutMs`. */
  patienceMs?: number
  /** Takes the body instead of its being kept, for bodies that are too big for that. */
  onChunk?: (chunk: Buffer) => void
  /** Breaks off as a client does that loses patience. */
  signal?: AbortSignal
}

export interface HttpResponse {
  /** 0 when the connection ended before there was one. */
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: Buffer
  /** The whole message came. */
  complete: boolean
}

/**
 * One request on a connection of its own. The path, with its query, is sent verbatim: nothing is normalized or escaped.
 * A connection that breaks is not an error but an incomplete response; rejects only when nobody listens.
 */
export async function httpGet (
  target: string | { host?: string, port: number, path: string }, options: HttpRequest = {}
): Promise<HttpResponse> {
  const { method = 'GET', headers = {}, timeoutMs = 30_000, patienceMs, onChunk, signal, from } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const { host, port, path } = typeof target === 'string' ? verbatim(target) : { host: '127.0.0.1', ...target }
  const chunks: Buffer[] = []
  const received: HttpResponse = {
    status: 0, headers: {}, rawHeaders: [], body: Buffer.alloc(0), complete: false
  }
  await new Promise<void>((resolve, reject) => {
    const outgoing = request({
      host,
      port,
      path,
      method,
      headers,
      agent: false,
      ...(from !== undefined && { localAddress: from }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit
    })
    if (patienceMs !== undefined) outgoing.setTimeout(patienceMs, () => outgoing.destroy())
    outgoing.once('response', (response) => {
      received.status = response.statusCode ?? 0
      received.headers = response.headers
      received.rawHeaders = response.rawHeaders
      response.on('data', (chunk: Buffer) => {
        if (onChunk) onChunk(chunk)
        else chunks.push(chunk)
      })
      response.once('error', () => { resolve() })
      response.once('close', () => {
        received.complete = response.complete
        resolve()
      })
    })
    outgoing.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') reject(error)
      else resolve()
    })
    outgoing.once('close', () => { resolve() })
    outgoing.end()
  })
  return { ...received, body: Buffer.concat(chunks) }
}

function verbatim (url: string): { host: string, port: number, path: string } {
  const [, host, port = '80', path] = /^http:\/\/([^/:?]+)(?::(\d+))?(.*)$/s.exec(url) ?? []
  if (host === undefined) throw new Error(`${url} is not an http:// URL`)
  return { host, port: Number(port), path: path || '/' }
}
