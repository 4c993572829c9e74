import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './faulty-answer.js'

const CHUNK = 1 << 18

/** Bytes of bodies that a connection has carried. */
const carried = new WeakMap<object, number>()

/**
 * Sends the headers and the body with the faults in force, telling `onBytes` of each step. Resolves when it is done or
 * the client is gone.
 */
export async function sendAnswer (
  response: ServerResponse, { status, headers, body, faults }: Answer, onBytes: (bytes: number) => void
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => { gone.abort() })
  const { signal } = gone
  try {
    if (Symbol.iterator in body) {
      response.writeHead(status, headers)
      for (const text of response.req.method === 'HEAD' ? [] : body) {
        await write(response, Buffer.from(text), signal, onBytes)
      }
      response.end()
      return
    }
    if (response.req.method === 'HEAD') {
      response.writeHead(status, headers).end()
      return
    }
    const { object, first } = body
    const { cutAfter = Infinity, stallAfter = Infinity, shortBody } = faults.body()
    const whole = body.length
    const length = whole - Math.min(shortBody?.by ?? 0, whole)
    if (shortBody?.framing === 'length') headers['content-length'] = String(length)
    if (shortBody?.framing === 'chunked') delete headers['content-length']
    const wait = faults.get('waitPerMiB')
    if (wait !== undefined) await waited(wait, object.size, signal)
    response.writeHead(status, headers)
    response.flushHeaders()
    const socket = response.socket ?? {}
    const end = Math.min(
      length, cutAfter, stallAfter, (faults.get('cutConnectionAfter') ?? Infinity) - (carried.get(socket) ?? 0)
    )
    for (let sent = 0; sent < end;) {
      const pace = faults.pace()
      const step = Math.min(pace?.atOnce ?? CHUNK, CHUNK, end - sent)
      if (pace) await sleep(pace.wait(step), undefined, { signal })
      await write(response, object.bytes(first + sent, step), signal, onBytes)
      await turn() // or a reader as fast as this keeps everything else of the test's process waiting
      sent += step
      carried.set(socket, (carried.get(socket) ?? 0) + step)
    }
    if (end === whole || (end === length && shortBody !== undefined && shortBody.framing !== 'close')) response.end()
    else if (end === stallAfter) await once(response, 'close')
    else response.socket?.destroySoon()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** When each store that answers one after the other has answered. */
const busyUntil = new WeakMap<object, number>()

async function waited (wait: { ms: number, serial: boolean }, size: number, signal: AbortSignal): Promise<void> {
  const now = performance.now()
  const end = (wait.serial ? Math.max(now, busyUntil.get(wait) ?? 0) : now) + wait.ms * size / (1 << 20)
  busyUntil.set(wait, end)
  await sleep(end - now, undefined, { signal })
}

async function write (
  response: ServerResponse, bytes: Buffer, signal: AbortSignal, onBytes: (bytes: number) => void
): Promise<void> {
  signal.throwIfAborted()
  const room = response.write(bytes)
  onBytes(bytes.length)
  if (!room) await once(response, 'drain', { signal })
}
