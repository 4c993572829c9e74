import { inLanes } from '../util/in-lanes.js'
import { whileNeeded } from '../util/while-needed.js'
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
  let [bytesDone, filesDone] = [0, 0]
  await inLanes(FILES_AT_ONCE, files.entries(), async ([file, expected], all) => {
    let done = 0
    const onProgress = (bytes: number): void => {
      bytesDone += bytes - done
      done = bytes
      parts.onProgress(bytesDone, filesDone)
    }
    if (expected.length > 0) {
      // Who follows a job listens to its signal for good: each has one of its own.
      const runs = await whileNeeded(all, (own) => verifyFile(parts, torrent, file, expected, onProgress, own))
        .catch(async (error: unknown) => { throw all.aborted ? error : await unreadable(torrent, file, error) })
      if (runs.length > 0) bad.set(file, runs)
    }
    filesDone++
    onProgress(expected.length)
  }, signal)
  return [...bad].sort(([a], [b]) => a - b).flatMap(([, runs]) => runs)
}
