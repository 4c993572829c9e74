import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'

/** A document whose every byte is known before the first is sent. */
export interface MeasuredDocument {
  readonly status: 200 | 304
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date | undefined
  readonly requestCharged: boolean
  /** In slices. Undefined for HEAD and 304. */
  readonly body: Iterable<Buffer> | undefined
}

/**
 * Length and ETag of a document that is written in slices. A thousand rows take some milliseconds, and others are
 * answered in between.
 */
export async function measured (slices: Iterable<Buffer>): Promise<{ etag: string, contentLength: number }> {
  const hash = createHash('sha256')
  let contentLength = 0
  for (const slice of slices) {
    hash.update(slice)
    contentLength += slice.length
    await othersTurn()
  }
  return { etag: `"${hash.digest('hex').slice(0, 32)}"`, contentLength }
}
