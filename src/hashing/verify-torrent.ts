import { setMaxListeners } from 'node:events'
import type { BadRun } from './bad-pieces.js'
import type { FoundTorrent, VerifyParts } from './found-file.js'
import { verifyFile } from './verify-file.js'
import { unreadable, verifyStream } from './verify-stream.js'

/** Small files wait for their first byte most of the time. */
export const FILES_AT_ONCE = 8

/**
 * Reads the files of a torrent, each once, and compares all pieces. Of a file that is longer than it should be the end
 * is not read.
 * @returns the bad ones in order @throws FileUnreadable, the signal's reason
 */
export async function verifyTorrent (
  parts: VerifyParts, torrent: FoundTorrent, signal: AbortSignal
): Promise<readonly BadRun[]> {
  const { metaVersion, digests } = torrent.expected
  return metaVersion === 1 && digests !== undefined
    ? await verifyStream(parts, torrent, digests, signal)
    : await verifyFiles(parts, torrent, signal)
}

async function verifyFiles (
  parts: VerifyParts, torrent: FoundTorrent, signal: AbortSignal
): Promise<readonly BadRun[]> {
  const { files } = torrent.expected
  const bad = new Map<number, readonly BadRun[]>()
  const own = new AbortController()
  const all = AbortSignal.any([signal, own.signal])
  setMaxListeners(0, all)
  let [bytesDone, filesDone] = [0, 0]
  const queue = files.entries()
  const lane = async (): Promise<void> => {
    for (const [file, expected] of queue) {
      let done = 0
      const onProgress = (bytes: number): void => {
        bytesDone += bytes - done
        done = bytes
        parts.onProgress(bytesDone, filesDone)
      }
      if (expected.length > 0) {
        const runs = await inTurn(all, (one) => verifyFile(parts, torrent, file, expected, onProgress, one))
          .catch(async (error: unknown) => { throw all.aborted ? error : await unreadable(torrent, file, error) })
        if (runs.length > 0) bad.set(file, runs)
      }
      filesDone++
      onProgress(expected.length)
    }
  }
  const lanes = Array.from({ length: FILES_AT_ONCE }, lane)
  try {
    await Promise.all(lanes)
  } finally {
    own.abort(new Error('another file could not be read'))
    await Promise.allSettled(lanes)
  }
  return [...bad].sort(([a], [b]) => a - b).flatMap(([, runs]) => runs)
}

// Who follows a job listens to its signal for good: each has one of its own.
async function inTurn<T> (signal: AbortSignal, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  const abort = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await work(own.signal)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
