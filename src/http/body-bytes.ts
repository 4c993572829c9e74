import type { ServerResponse } from 'node:http'

/** Tells of the body's bytes that are handed to the connection: node:http counts heads and other answers too. */
export function onBodyBytes (response: ServerResponse, sent: (bytes: number) => void): void {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
  response.write = (...args: unknown[]) => {
    sent(bytesOf(args[0]))
    return write(...args)
  }
  response.end = (...args: unknown[]) => {
    sent(bytesOf(args[0]))
    return end(...args)
  }
}

function bytesOf (chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk)
  return chunk instanceof Uint8Array ? chunk.length : 0
}
