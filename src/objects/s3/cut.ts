import { Readable } from 'node:stream'

/**
 * The `length` bytes behind the first `skip` of a body, and its errors. What is behind them is not read. Destroys the
 * body with itself.
 */
export function cut (body: Readable, { skip, length }: { skip: number, length: number }): Readable {
  const wanted = Readable.from(between(body, skip, skip + length), { highWaterMark: 1 })
  wanted.once('close', () => body.destroy())
  body.once('close', () => { if (body.errored === null && !body.readableEnded) wanted.destroy() })
  return wanted
}

async function * between (body: Readable, first: number, end: number): AsyncGenerator<Buffer> {
  let position = 0
  for await (const bytes of body as AsyncIterable<Buffer>) {
    const wanted = bytes.subarray(Math.max(0, first - position), Math.max(0, end - position))
    position += bytes.length
    if (wanted.length > 0) yield wanted
    if (position > end) return
  }
}
