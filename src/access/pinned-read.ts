import { OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import { S3Error } from '../s3/errors.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { asking, slowDown } from './origin-errors.js'

/** What was described and what is read, or asked for next, are not of the same moment. */
export class ObjectChanged extends Error {
  override name = 'ObjectChanged'
}

/**
 * Runs an attempt that reads what it has just described, and once more if an object changed in between.
 * @throws S3Error SlowDown
 */
export async function retryOnceIfChanged<T> (attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof ObjectChanged)) throw error
  }
  try {
    return await attempt()
  } catch (error) {
    throw error instanceof ObjectChanged ? slowDown(error) : error
  }
}

// The bytes that are asked for are there in what was described: a store that ignores If-Match has fewer by now.
const CHANGED = new Set(['PreconditionFailed', 'InvalidRange'])

/** What a client is told of a pinned read that ended too late to begin anew; other errors as they are. */
export function asEndOfRead (error: unknown): unknown {
  if (error instanceof OriginUnavailable) return new S3Error('ServiceUnavailable', { cause: error })
  return error instanceof OriginRefusal && CHANGED.has(error.code) ? slowDown(error) : error
}

/**
 * Runs a read that is pinned to an ETag, of bytes of the object that has it.
 * @throws S3Error, and what makes retryOnceIfChanged restart when the object has changed
 */
export function pinned<T> (object: ObjectAddress, read: () => Promise<T>): Promise<T> {
  return asking(object, async () => {
    try {
      return await read()
    } catch (error) {
      throw error instanceof OriginRefusal && CHANGED.has(error.code)
        ? new ObjectChanged('the object changed while it was read', { cause: error })
        : error
    }
  })
}
