import type { EventLoopUtilization } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { PieceHashing } from './piece-hasher.js'
import { WorkerReadFailed } from '../objects/worker-read.js'
import { Backoff } from '../util/retry.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import type { SegmentSource } from './segment-source.js'
import type { ThreadData, ThreadMessage, ThreadRequest } from './thread-message.js'

/** Bytes of an object to read and hash in pieces. */
export interface HashableSegment extends PieceHashing {
  /**
   * How a thread reads the segment from an offset on, to its end or to that of one object in it; asked anew for every
   * try, because signatures age.
   */
  source (from: number): Promise<SegmentSource>
}

export interface HashListener {
  /** The first byte has come. */
  readonly onBegun: () => void
  /** Digests in order, while they come. */
  readonly onDigests: (digests: PieceDigests) => void
}

interface Pending extends HashListener, Pick<HashableSegment, 'source' | 'metaVersion'> {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  /** When its utilization was asked for last. */
  looked?: EventLoopUtilization
  readonly pending: Map<number, Pending>
}

const HASHING_THREAD = new URL('worker.js', import.meta.url)
/** Between the death of a thread and the start of another one. */
const PAUSES = { firstMs: 100, longestMs: 10_000 }

/**
 * Hashing threads, which start with the tasks, one ahead of them. One that dies is replaced when it is needed, and its
 * tasks have failed as `broken`, to be done anew.
 * Whoever makes a pool closes it.
 */
export class WorkerPool {
  readonly #size: number
  readonly #onDeath: (error: unknown) => void
  readonly #script: URL
  readonly #data: ThreadData
  readonly #threads = new Set<Thread>()
  #nextId = 0
  readonly #pauses = new Backoff(PAUSES)
  #startAgainAt = 0
  #closed = false

  /** @param onDeath told why a thread died that nobody stopped */
  constructor (
    size: number,
    onDeath: (error: unknown) => void,
    { script = HASHING_THREAD, authorities }: { readonly script?: URL, readonly authorities?: string | undefined } = {}
  ) {
    this.#size = size
    this.#onDeath = onDeath
    this.#script = script
    this.#data = { authorities }
  }

  /** @throws WorkerReadFailed, and what `source` throws */
  async hash (segment: HashableSegment, { onBegun, onDigests }: HashListener, signal: AbortSignal): Promise<void> {
    const { first, last, pieceLength, metaVersion, padding = 0 } = segment
    const source = await segment.source(first)
    signal.throwIfAborted()
    const { worker, pending } = this.#leastBusy()
    const id = this.#nextId++
    const cancel = () => worker.postMessage({ cancel: id } satisfies ThreadRequest)
    signal.addEventListener('abort', cancel, { once: true })
    try {
      await new Promise<void>((resolve, reject) => {
        pending.set(id, {
          onBegun, onDigests, metaVersion, source: (from) => segment.source(from), resolve, reject
        })
        const task = { id, source, first, last, pieceLength, metaVersion, padding }
        worker.postMessage({ task } satisfies ThreadRequest)
        if (this.#mayStart) this.#start() // the next task need not wait for the 50 ms that a thread takes to start
      })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /**
   * Of the thread that has had the least to do since this was asked last: the part of the time, 0 to 1;
   * 0 while there are fewer threads than there may be.
   */
  utilization (): number {
    const all = [...this.#threads].map((thread) => {
      const { performance: { eventLoopUtilization } } = thread.worker
      const now = eventLoopUtilization()
      const { utilization } = eventLoopUtilization(now, thread.looked)
      thread.looked = now
      return utilization
    })
    return all.length < this.#size ? 0 : Math.min(...all)
  }

  async close (): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()))
  }

  #leastBusy (): Thread {
    if (this.#closed) throw new WorkerReadFailed('broken', 'the threads were stopped')
    if (this.#mayStart) return this.#start()
    const [first, ...others] = this.#threads
    if (first === undefined) throw new WorkerReadFailed('broken', 'no hashing thread stays alive')
    return others.reduce((best, other) => other.pending.size < best.pending.size ? other : best, first)
  }

  /** Whether there may be another thread, and all that there are have something to do. */
  get #mayStart (): boolean {
    return this.#threads.size < this.#size && performance.now() >= this.#startAgainAt &&
      [...this.#threads].every(({ pending }) => pending.size > 0)
  }

  #takeUp ({ worker, pending }: Thread, id: number, from: number): void {
    pending.get(id)?.source(from).then(
      (source) => worker.postMessage({ again: id, source } satisfies ThreadRequest),
      () => worker.postMessage({ cancel: id } satisfies ThreadRequest)
    )
  }

  #start (): Thread {
    const thread: Thread = { worker: new Worker(this.#script, { workerData: this.#data }), pending: new Map() }
    let death: unknown
    thread.worker.on('message', (message: ThreadMessage) => {
      const pending = thread.pending.get(message.id)
      if ('begun' in message) return pending?.onBegun()
      if ('digests' in message) {
        return pending?.onDigests(PieceDigests.of(message.digests, pending.metaVersion))
      }
      if ('again' in message) return this.#takeUp(thread, message.id, message.again)
      thread.pending.delete(message.id)
      this.#pauses.reset()
      if (message.end === 'whole') pending?.resolve()
      else pending?.reject(new WorkerReadFailed(message.end, message.message))
    })
    thread.worker.on('error', (cause) => { death = cause })
    thread.worker.once('exit', () => {
      this.#threads.delete(thread)
      if (!this.#closed) this.#onDeath(death)
      this.#startAgainAt = performance.now() + this.#pauses.next()
      for (const { reject } of thread.pending.values()) {
        reject(new WorkerReadFailed('broken', 'the hashing thread ended', { cause: death }))
      }
    })
    thread.worker.unref()
    this.#threads.add(thread)
    return thread
  }
}
