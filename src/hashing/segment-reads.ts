import { HASHING_LIMITS } from '../objects/limits.js'
import { OriginUnavailable } from '../objects/origin-errors.js'
import { WorkerReadFailed } from '../objects/worker-read.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import { Backoff, pause } from '../util/retry.js'
import type { DigestList } from './digest-list.js'
import type { Engine } from './engine.js'
import type { HashableObject } from './hashable-object.js'
import { PieceHasher } from './piece-hasher.js'
import { decide } from './read-policy.js'
import type { ReadWay } from './read-policy.js'
import type { Segment } from './segment.js'

export interface SegmentReadsParts {
  readonly object: HashableObject
  readonly engine: Engine
  readonly digests: DigestList
  /** Whose share of the reads in flight these are. */
  readonly job: object
  /** Told when a byte has come. */
  readonly onByte: () => void
  /** Told when there are more digests. */
  readonly onProgress: () => void
}

/** Answers in a row that only the origin's own client understood, before a job lets no thread read anymore. */
const MAX_UNEXPECTED = 3

/** The reads of one job: each segment is read until its digests are there, or the job must be given up. */
export class SegmentReads {
  /** The origin knows no ranges: it is read in one go, by its own client. */
  isSequential = false
  readonly #parts: SegmentReadsParts
  #hasBegun = false
  #progressAt = 0
  #unexpected = 0

  constructor (parts: SegmentReadsParts) {
    this.#parts = parts
  }

  /** The patience with the origin begins anew. */
  beginTurn (): void {
    this.#progressAt = performance.now()
  }

  /**
   * Reads a segment to its end.
   * @param onDigests called when there are more digests of it
   * @throws the signal's reason, and what the job fails with
   */
  async read (segment: Segment, signal: AbortSignal, onDigests: () => void): Promise<void> {
    const { digests, engine, job } = this.#parts
    const backoff = new Backoff(HASHING_LIMITS.pauses)
    let failingSince: number | undefined
    let way = this.#way
    for (let failures = 1; ; failures++) {
      const had = digests.countFrom(segment)
      const rest = { firstPiece: segment.firstPiece + had, pieces: segment.pieces - had }
      const current = way
      try {
        await engine.slots.use(job, () => this.#readOnce(current, rest, onDigests, signal), signal)
        if (way === 'worker') this.#unexpected = 0
        return
      } catch (error) {
        signal.throwIfAborted()
        const hasProgressed = digests.countFrom(segment) > had
        if (hasProgressed) {
          backoff.reset()
          failingSince = undefined
        }
        failingSince ??= performance.now()
        const silentMs = performance.now() - Math.max(failingSince, this.#progressAt)
        const decision = decide(error, { way, hasProgressed, hasBegun: this.#hasBegun, failures, silentMs })
        if (decision === 'give up') throw error
        if (decision === 'after a pause') {
          await pause(backoff.next(), signal)
          way = this.#way
        } else {
          if (error instanceof WorkerReadFailed && error.kind === 'unexpected') this.#unexpected++
          way = decision === 'again' ? 'worker' : 'origin'
        }
      }
    }
  }

  get #way (): ReadWay {
    const mayThreads = this.#parts.object.direct !== undefined && !this.isSequential
    return mayThreads && this.#unexpected < MAX_UNEXPECTED ? 'worker' : 'origin'
  }

  #readOnce (way: ReadWay, segment: Segment, onDigests: () => void, signal: AbortSignal): Promise<void> {
    return way === 'worker'
      ? this.#readByWorker(segment, onDigests, signal)
      : this.#readThroughOrigin(segment, onDigests, signal)
  }

  async #readByWorker (segment: Segment, onDigests: () => void, signal: AbortSignal): Promise<void> {
    const { object, object: { direct, pieceLength, metaVersion }, engine } = this.#parts
    if (direct === undefined) throw new WorkerReadFailed('unexpected', 'no thread may read this object')
    const { first, last } = this.#bytesOf(segment)
    const timer = this.#timer()
    const onBegun = (): void => {
      timer.begin()
      this.#hear()
    }
    await engine.pool.hash(
      { first, last, pieceLength, metaVersion, padding: paddingOf(object, last), source: (from) => direct(from, last) },
      { onBegun, onDigests: this.#taking(segment, onDigests) },
      signal
    )
    timer.end()
  }

  async #readThroughOrigin (segment: Segment, onDigests: () => void, signal: AbortSignal): Promise<void> {
    const { object } = this.#parts
    const { first, last } = this.#bytesOf(segment)
    const { pieceLength, metaVersion } = object
    const hasher = new PieceHasher({ first, last, pieceLength, metaVersion, padding: paddingOf(object, last) })
    const take = this.#taking(segment, onDigests)
    const timer = this.#timer()
    for await (const bytes of await object.read(first, last, signal)) {
      timer.begin()
      this.#hear()
      hasher.update(bytes)
      if (hasher.ready > 0) take(PieceDigests.of(hasher.take(), metaVersion))
    }
    if (hasher.missing > 0) throw new OriginUnavailable(`${hasher.missing} bytes of a read are missing`)
    timer.end()
  }

  // What a read tells of the origin, once it has ended well.
  #timer (): { begin: () => void, end: () => void } {
    const { object: { size }, engine: { pace } } = this.#parts
    const { generation } = pace
    const started = performance.now()
    let begun: number | undefined
    return {
      begin: () => { begun ??= performance.now() },
      end: () => {
        if (begun === undefined || this.isSequential) return
        pace.note({ firstByteMs: begun - started, transferMs: performance.now() - begun, size, generation })
      }
    }
  }

  #bytesOf ({ firstPiece, pieces }: Segment): { first: number, last: number } {
    const { size, pieceLength } = this.#parts.object
    return { first: firstPiece * pieceLength, last: Math.min(size, (firstPiece + pieces) * pieceLength) - 1 }
  }

  // Digests of a read come in order.
  #taking ({ firstPiece }: Segment, onDigests: () => void): (digests: PieceDigests) => void {
    const { digests: all, engine, object, onProgress } = this.#parts
    let piece = firstPiece
    return (digests) => {
      const run = { firstPiece: piece, digests }
      all.set(run)
      const { first, last } = this.#bytesOf({ firstPiece: piece, pieces: digests.pieces })
      engine.counts.bytes += last - first + 1
      object.onDigests(run)
      piece += digests.pieces
      this.#progressAt = performance.now()
      onProgress()
      onDigests()
    }
  }

  #hear (): void {
    this.#hasBegun = true
    this.#parts.onByte()
  }
}

/** Zeros behind a segment that ends with this byte. */
function paddingOf ({ size, padding }: HashableObject, last: number): number {
  return last === size - 1 ? padding : 0
}
