import { HASHING_LIMITS } from '../objects/limits.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import { within } from '../util/timeout.js'
import type { Job, JobProgress, JobStart, ObjectsProgress } from './job.js'

/** Followers are not woken for every piece. */
const WAKE_MS = 50

/**
 * A job and everybody who waits for it. When nobody is left it goes on for a grace time, because clients come back
 * (aria2 for 300 s), and then stops.
 */
export class SharedJob {
  readonly #job: Job
  readonly #of: JobStart
  readonly #begun = performance.now()
  readonly #graceMs: number
  readonly #stop = new AbortController()
  readonly #waiting = new Set<() => void>()
  /** Followers that are told of progress. */
  readonly #told = new Set<() => void>()
  /** Bytes whose digests were known before. */
  readonly #known: number
  #followers = 0
  #grace: NodeJS.Timeout | undefined
  #wake: NodeJS.Timeout | undefined
  #failure: { readonly error: unknown } | undefined

  constructor (of: JobStart, graceMs: number) {
    this.#graceMs = graceMs
    this.#of = of
    this.#job = of.start(this.#stop.signal, () => {
      for (const tell of this.#told) tell()
      if (this.#job.digests.complete) this.#wakeAll()
      else this.#wake ??= setTimeout(() => this.#wakeAll(), WAKE_MS)
    })
    this.#known = this.#hashed
    this.#job.ended.catch((error: unknown) => { this.#failure = { error } }).finally(() => {
      clearTimeout(this.#grace)
      this.#wakeAll()
    })
  }

  /** Settles when the first byte has come, or when none will. @throws as Job.begun */
  get begun (): Promise<void> {
    return this.#job.begun
  }

  /** Whether it is a part of another job. */
  get isPart (): boolean {
    return this.#of.isPart === true
  }

  /** Settles when the job has ended, well or not. */
  get ended (): Promise<void> {
    return this.#job.ended
  }

  /** It was stopped, and takes nobody up anymore. */
  get stopped (): boolean {
    return this.#stop.signal.aborted
  }

  get progress (): JobProgress {
    const { address, size } = this.#of
    const { objects } = this
    return {
      bucket: address.bucket,
      key: address.key,
      size,
      hashed: this.#hashed,
      followers: this.#followers,
      inTurn: this.#job.inTurn,
      seconds: (performance.now() - this.#begun) / 1000,
      ...(objects !== undefined && { objects: { count: objects.count, hashed: objects.hashed } })
    }
  }

  /** Undefined: it is of one object. */
  get objects (): ObjectsProgress | undefined {
    return this.#of.objects?.()
  }

  /**
   * Counts one more who waits, until the signal fires, which it has not yet.
   * @param onProgress told at once, and with every digest: bytes whose digests are there, and which were known before
   */
  follow (signal: AbortSignal, onProgress?: (hashed: number, known: number) => void): void {
    this.#followers++
    clearTimeout(this.#grace)
    const tell = (): void => onProgress?.(this.#hashed, this.#known)
    if (onProgress !== undefined) this.#told.add(tell)
    tell()
    signal.addEventListener('abort', () => {
      this.#told.delete(tell)
      this.#followers--
      if (this.#followers === 0 && this.#failure === undefined && !this.#job.digests.complete) {
        this.#grace = setTimeout(() => this.stop(), this.#graceMs).unref()
      }
    }, { once: true })
  }

  /**
   * All digests in order, while they come; ends when they are kept, so that whoever has a whole torrent is known by the
   * tracker.
   * @throws the signal's reason; what the job failed with, and then a digest is missing
   */
  async * digests (signal: AbortSignal): AsyncGenerator<PieceDigests> {
    const { digests } = this.#job
    for (let sent = 0; sent < digests.pieces;) {
      signal.throwIfAborted()
      const ready = digests.contiguous
      if (ready > sent) {
        yield digests.slice(sent, ready)
        sent = ready
      } else if (this.#failure !== undefined) {
        throw this.#failure.error
      } else {
        await this.#more(signal)
      }
    }
    const kept = this.#job.ended.catch(() => {})
    await within(kept, HASHING_LIMITS.keepMs, undefined) // a disk that hangs holds nobody up
  }

  get #hashed (): number {
    const { size, pieceLength } = this.#of
    return Math.min(size, this.#job.digests.there * pieceLength)
  }

  stop (): void {
    this.#stop.abort(new Error('nobody waits for the hashes anymore'))
  }

  #more (signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  #wakeAll (): void {
    clearTimeout(this.#wake)
    this.#wake = undefined
    for (const wake of this.#waiting) wake()
  }
}
