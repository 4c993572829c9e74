import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { STEADY_BYTES } from '../../util/steady-bytes.js'
import { isUnchanged } from '../file-version.js'
import type { ReadOptions } from '../objects.js'
import { OriginUnavailable } from '../origin-errors.js'

// A reader that stands still holds one of them.
const READ_BYTES = 64 * 1024
const FAST_READ_BYTES = 512 * 1024

/**
 * Bytes `first` to `last` of an open file that was as `stats` say, or an error where it has changed.
 * @throws OriginUnavailable, the signal's reason
 */
export async function * bodyOf (
  file: FileHandle, first: number, last: number, stats: BigIntStats, signal: AbortSignal, turn: ReadOptions['turn']
): AsyncGenerator<Buffer> {
  let position = first
  while (position <= last) {
    signal.throwIfAborted()
    const length = Math.min(position - first < STEADY_BYTES ? READ_BYTES : FAST_READ_BYTES, last - position + 1)
    await turn?.(length)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, undefined, position)
    if (bytesRead === 0) break
    position += bytesRead
    // Seen to be what it was after the read: these bytes are the old ones.
    if (!isUnchanged(stats, await file.stat({ bigint: true }))) {
      throw new OriginUnavailable('the file changed while it was read')
    }
    yield buffer.subarray(0, bytesRead)
  }
  if (position <= last) throw new OriginUnavailable('the file became shorter while it was read')
}
