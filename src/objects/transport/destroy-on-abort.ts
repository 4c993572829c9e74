import type { Readable } from 'node:stream'

/** Destroys a body when the signal fires, or has fired: a body that nobody began to read is closed by nobody else. */
export function destroyOnAbort (body: Readable, signal: AbortSignal): void {
  const destroy = () => { body.destroy() }
  if (signal.aborted) {
    destroy()
    return
  }
  signal.addEventListener('abort', destroy, { once: true })
  body.once('close', () => signal.removeEventListener('abort', destroy))
}
