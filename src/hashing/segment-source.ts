import type { WorkerRead } from '../objects/worker-read.js'

/** Where a hashing thread has bytes from: a part of an object, or so many zeros (pads, BEP 47). */
export type SegmentSource = WorkerRead | { readonly kind: 'zeros', readonly bytes: number }
