import type { PieceHashing } from './piece-hasher.js'
import type { SegmentSource } from './segment-source.js'

/** Bytes of an object to read and hash in pieces. */
export interface HashTask extends PieceHashing {
  readonly id: number
  readonly source: SegmentSource
}

/** What a thread begins with. */
export interface ThreadData {
  /** PEM, trusted beside those that node trusts. */
  readonly authorities: string | undefined
}

/** To a thread: a task, the end of one, or what one reads on that asked for more. */
export type ThreadRequest = { readonly task: HashTask } | { readonly cancel: number } | {
  readonly again: number
  readonly source: SegmentSource
}

/**
 * From a thread: that the first byte of a task has come; its digests in order, as PieceDigests has them; that its read
 * has ended or broken off, and goes on at an offset once it is told how; its end.
 */
export type ThreadMessage =
  | { readonly id: number, readonly begun: true }
  | { readonly id: number, readonly digests: Uint8Array<ArrayBuffer> }
  | { readonly id: number, readonly again: number }
  | { readonly id: number, readonly end: 'whole' }
  /** `unexpected`: only the origin's own client understands the answer; `busy`, `broken`: ask again. */
  | { readonly id: number, readonly end: 'unexpected' | 'busy' | 'broken', readonly message: string }
