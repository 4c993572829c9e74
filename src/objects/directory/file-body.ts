import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { STEADY_BYTES } from '../../util/steady-bytes.js'
import type { ByteSink } from '../byte-sink.js'
import { isUnchanged } from '../file-version.js'
import type { Part } from '../objects.js'
import { OriginUnavailable } from '../origin-errors.js'

// A reader that stands still holds one of them.
const READ_BYTES = 64 * 1024
const FAST_READ_BYTES = 512 * 1024

/** A file that is read as it was when it was opened. */
export interface OpenedFile {
  readonly file: FileHandle
  readonly stats: BigIntStats
  /** Does a read when it may; there may not be too many at once. @throws the signal's reason, what `read` throws */
  readonly inTurn: <T>(read: () => Promise<T>, signal: AbortSignal) => Promise<T>
}

/**
 * Bytes `first` to `last`, or an error where the file has changed.
 * @throws OriginUnavailable, the signal's reason
 */
export async function * bodyOf (
  opened: OpenedFile, { first, last }: Part, signal: AbortSignal
): AsyncGenerator<Buffer> {
  for (let position = first; position <= last;) {
    const length = Math.min(position - first < STEADY_BYTES ? READ_BYTES : FAST_READ_BYTES, last - position + 1)
    const bytes = await readInto(Buffer.allocUnsafe(length), opened, position, signal)
    position += bytes.length
    yield bytes
  }
}

/** The same bytes, into a sink. @throws as bodyOf, what the sink throws */
export async function pourFile (
  opened: OpenedFile, { first, last }: Part, sink: ByteSink, signal: AbortSignal
): Promise<void> {
  let own: Buffer | undefined
  for (let position = first; position <= last;) {
    const ownBytes = position - first < STEADY_BYTES ? READ_BYTES : FAST_READ_BYTES
    let place = sink.room()
    if (place === undefined) place = own = own?.length === ownBytes ? own : Buffer.allocUnsafeSlow(ownBytes)
    const bytes = await readInto(place.subarray(0, last - position + 1), opened, position, signal)
    position += bytes.length
    signal.throwIfAborted()
    await sink.take(bytes)
  }
}

async function readInto (
  place: Buffer, { file, stats, inTurn }: OpenedFile, position: number, signal: AbortSignal
): Promise<Buffer> {
  return inTurn(async () => {
    const { bytesRead } = await file.read(place, 0, place.length, position)
    if (bytesRead === 0) throw new OriginUnavailable('the file became shorter while it was read')
    // Seen to be what it was after the read: these bytes are the old ones.
    if (!isUnchanged(stats, await file.stat({ bigint: true }))) {
      throw new OriginUnavailable('the file changed while it was read')
    }
    return place.subarray(0, bytesRead)
  }, signal)
}
