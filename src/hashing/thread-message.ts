import type { PieceHashing } from './piece-hasher.js'
import type { RangeRequest, WorkerRead } from '../objects/worker-read.js'

/** Bytes of an object to read and hash in pieces. */
export interface HashTask extends PieceHashing {
  readonly id: number
  readonly source: WorkerRead
}

/** What a thread begins with. */
export interface ThreadData {
  /** PEM, trusted beside those that node trusts. */
  readonly authorities: string | undefined
}

/** To a thread: a task, the end of one, or the request with which one goes on that asked `again`. */
export type ThreadRequest = { readonly task: HashTask } | { readonly cancel: number } | {
  readonly again: number
  readonly request: RangeRequest
}

/**
 * From a thread: that the first byte of a task has come; its digests in order, as PieceDigests has them; that its read
 * broke off, and goes on at an offset once there is a request for it; its end.
 */
export type ThreadMessage =
  | { readonly id: number, readonly begun: true }
  | { readonly id: number, readonly digests: Uint8Array<ArrayBuffer> }
  | { readonly id: number, readonly again: number }
  | { readonly id: number, readonly end: 'whole' }
  /** `unexpected`: only the origin's own client understands the answer; `busy`, `broken`: ask again. */
  | { readonly id: number, readonly end: 'unexpected' | 'busy' | 'broken', readonly message: string }
