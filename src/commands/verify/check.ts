import { FileUnreadable } from '../../hashing/found-file.js'
import { FILES_AT_ONCE, verifyTorrent } from '../../hashing/verify-torrent.js'
import type { BadRun } from '../../hashing/bad-pieces.js'
import type { ExpectedTorrent } from '../../torrent/expected-torrent.js'
import { EXIT } from '../../util/operator-error.js'
import { CommandError } from '../errors.js'
import { bytes, count } from '../format.js'
import { openHasher } from '../open-hasher.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import { lookUp } from './look-up.js'
import type { LookedUp } from './look-up.js'
import type { Place } from './place.js'

/** What was found of a torrent. */
export interface Checked extends LookedUp {
  readonly expected: ExpectedTorrent
  /** In order. */
  readonly bad: readonly BadRun[]
}

/** So many are not found in a moment. */
const MANY_FILES = 1_000

/** Reads the files, and compares each piece. @throws CommandError, also where the signal has fired */
export async function check (
  place: Place, expected: ExpectedTorrent, progress: Progress, signal: AbortSignal
): Promise<Checked> {
  const { origin, requester, label, authorities } = place
  const { files } = expected
  const size = files.reduce((sum, { length }) => sum + length, 0)
  const hasher = openHasher(FILES_AT_ONCE, (line) => progress.line(line), authorities)
  const isOne = files.length === 1
  const title = isOne ? label : `${label}, ${count(files.length, 'file')}`
  let read = 0
  const onProgress = (done: number, filesDone: number): void => {
    read = Math.min(size, done)
    progress.update(read, 0)
    if (!isOne) progress.rename(`${label}, ${filesDone.toLocaleString('en')} of ${count(files.length, 'file')}`)
  }
  try {
    if (files.length > MANY_FILES) progress.line(`looking for ${count(files.length, 'file')} in ${label}`)
    const { found, problems } = await lookUp(place, files, signal)
    progress.begin(title, size)
    const bad = await verifyTorrent({ origin, hasher, requester, onProgress }, { expected, found }, signal)
    return { expected, found, problems, bad }
  } catch (error) {
    if (signal.aborted) {
      throw new CommandError(
        `Interrupted: ${bytes(read)} of ${bytes(size)} were read, and nothing is known of the rest.`,
        { exitCode: EXIT.interrupted, cause: error }
      )
    }
    const file = error instanceof FileUnreadable ? files[error.file] : undefined
    const refusal = refusalOf(error, file === undefined ? place : { ...place, label: place.labelOf(file) })
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await hasher.close()
  }
}
