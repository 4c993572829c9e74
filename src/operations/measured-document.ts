import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { S3Error } from '../s3/errors.js'
import { evaluate } from '../s3/preconditions.js'
import type { Preconditions } from '../s3/preconditions.js'

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

export interface DocumentRequest {
  readonly preconditions: Preconditions
  readonly headOnly: boolean
}

/**
 * A document as it is answered: written once for its length and its ETag, and once more for its bytes.
 * @throws S3Error PreconditionFailed
 */
export async function documentOf (
  write: () => Iterable<Buffer>,
  facts: Pick<MeasuredDocument, 'lastModified' | 'requestCharged'>,
  { preconditions, headOnly }: DocumentRequest
): Promise<MeasuredDocument> {
  const { etag, contentLength } = await measured(write())
  const document = { etag, contentLength, ...facts }
  const verdict = evaluate(preconditions, document)
  if (verdict === 'failed') throw new S3Error('PreconditionFailed')
  if (verdict === 'not modified') return { ...document, status: 304, body: undefined }
  return { ...document, status: 200, body: headOnly ? undefined : write() }
}

// A thousand rows take some milliseconds, and others are answered in between.
async function measured (slices: Iterable<Buffer>): Promise<{ etag: string, contentLength: number }> {
  const hash = createHash('sha256')
  let contentLength = 0
  for (const slice of slices) {
    hash.update(slice)
    contentLength += slice.length
    await othersTurn()
  }
  return { etag: `"${hash.digest('hex').slice(0, 32)}"`, contentLength }
}
