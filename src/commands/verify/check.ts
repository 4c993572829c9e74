import { verifyPieces } from '../../hashing/verified-pieces.js'
import type { Verified } from '../../hashing/verified-pieces.js'
import { EXIT } from '../../util/operator-error.js'
import { CommandError } from '../errors.js'
import { bytes } from '../format.js'
import { openHasher } from '../open-hasher.js'
import type { Source } from '../open-source.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import type { CheckableTorrent } from './checkable-torrent.js'

/** Reads the source, and compares each piece. @throws CommandError, also where the signal has fired */
export async function check (
  source: Source, torrent: CheckableTorrent, progress: Progress, signal: AbortSignal
): Promise<Verified> {
  const { origin, object, requester, label, authorities } = source
  const hasher = openHasher(1, (line) => progress.line(line), authorities)
  let checked: number | undefined
  const onProgress = (hashed: number): void => {
    if (checked === undefined) progress.begin(label, torrent.size)
    else progress.update(hashed, 0)
    checked = hashed
  }
  try {
    return await verifyPieces({ origin, hasher }, object, requester, torrent, { onProgress }, signal)
  } catch (error) {
    if (signal.aborted) {
      throw new CommandError(
        `Interrupted: ${bytes(checked ?? 0)} of ${bytes(torrent.size)} were read, and nothing is known of the rest.`,
        { exitCode: EXIT.interrupted, cause: error }
      )
    }
    const refusal = refusalOf(error, source)
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await hasher.close()
  }
}
