import type { ObjectAddress } from '../s3/object-address.js'
import type { ByteSink } from './byte-sink.js'
import type { ObjectHead, Part } from './objects.js'
import type { Requester } from './requester.js'

/** A part of an object whose bytes are about to come. Whoever gets it closes it. */
export interface OpenPart {
  /** What it holds: the part that was asked for; `whole` where the origin answered it with the whole object. */
  readonly part: Part | 'whole'
  /**
   * Gives every byte to `sink`, in order, once. When it has ended, nothing is written into the sink's room anymore.
   * @throws OriginUnavailable, what the sink throws, the signal's reason
   */
  pour (sink: ByteSink): Promise<void>
  close (): void
}

/** One version of an object, and how it is stored. */
export type ObjectVersion = Pick<ObjectHead, 'etag' | 'size' | 'headers'>

/** Objects whose bytes are given away: read into buffers that are used again. */
export interface PartReads {
  /**
   * Opens a part of this very version, of one byte at least; the right head of an answer has come when it resolves. A
   * signal that fires later ends it.
   * @throws OriginRefusal, PreconditionFailed where there is another version; OriginUnavailable, the signal's reason
   */
  open (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart>
}
