import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { OriginRefusal, OriginUnavailable } from '../objects/origin-errors.js'
import { DIGEST_BYTES } from '../torrent/sha1.js'
import { DigestList } from './digest-list.js'
import type { FairSlots } from '../util/fair-slots.js'
import { RangeIgnored } from './hashable-object.js'
import type { HashableObject } from './hashable-object.js'
import type { JobQueue } from './job-queue.js'
import { PieceHasher } from './piece-hasher.js'
import { BrokenRead, BusyOrigin, UnexpectedAnswer } from '../objects/transport/range-connection.js'
import type { ReadPace } from './read-pace.js'
import { planSegments, runsOf } from './segment.js'
import type { Segment } from './segment.js'
import type { WorkerPool } from './worker-pool.js'

/** What all jobs share. */
export interface Engine {
  readonly pool: WorkerPool
  readonly queue: JobQueue
  /** Reads in flight, by job. */
  readonly slots: FairSlots<object>
  /** Reads in flight of one object. */
  readonly pace: ReadPace
  readonly counts: HashCounts
}

/** Since the process began. */
export interface HashCounts {
  /** Of pieces that were hashed. */
  bytes: number
  /** Objects of which hashing has begun, and has failed. */
  jobs: number
  failed: number
}

/** After so many bytes, or so long, a job lets those go on that wait for a turn. */
const TURN_BYTES = 256 * 1024 * 1024
const TURN_MS = 10_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000
/**
 * How often in a row a read may fail before the first byte has come: until then whoever asks is told at once, and may
 * ask again.
 */
const FAILURES_AT_FIRST = 3
/** A job is given up when a segment has failed for so long, and no digest has come from any. */
const PATIENCE_MS = 60_000
/** Answers that only the origin's own client understood, one after the other, before a job asks nobody else anymore. */
const MAX_UNEXPECTED = 3

/** One object being hashed: its segments are read in parallel, hashed on threads, and joined in order. */
export class HashJob {
  /**
   * Settles when the first byte has come, or when none will.
   * @throws QueueFull, OriginUnavailable, OriginRefusal (PreconditionFailed: the object has changed)
   */
  readonly begun: Promise<void>
  /** Settles with the job: all digests are there and told, or it has failed. */
  readonly ended: Promise<void>
  readonly digests: DigestList
  readonly #object: HashableObject
  readonly #engine: Engine
  readonly #signal: AbortSignal
  readonly #onProgress: () => void
  #begin: () => void = () => {}
  #hasBegun = false
  #progressAt = 0
  #turnEndsAt = 0
  #unexpected = 0
  #sequential = false
  #inTurn = false
  #segments: Segment[] = []
  /** The generation of the pace that they are planned for. */
  #plannedFor = 0

  /** @param onProgress called when there are more digests */
  constructor (object: HashableObject, engine: Engine, signal: AbortSignal, onProgress: () => void) {
    this.#object = object
    this.#engine = engine
    this.#signal = signal
    this.#onProgress = onProgress
    this.digests = new DigestList(Math.ceil(object.size / object.pieceLength))
    for (const { firstPiece, digests } of object.known) this.digests.set(firstPiece, digests)
    this.ended = this.#run()
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.ended.then(resolve, reject)
    })
    this.begun.catch(() => {}) // whoever follows hears of it
  }

  /** Whether it has its turn now, else it waits for one. */
  get inTurn (): boolean {
    return this.#inTurn
  }

  async #run (): Promise<void> {
    const { queue } = this.#engine
    const { sharer } = this.#object
    let endTurn = await queue.enter(sharer, this.#signal)
    for (;;) {
      this.#inTurn = true
      try {
        await this.#takeTurn()
      } finally {
        this.#inTurn = false
        endTurn()
      }
      if (this.digests.complete) break
      endTurn = await queue.reenter(sharer, this.#signal)
    }
    await this.#object.onComplete(this.digests.slice(0, this.digests.pieces))
  }

  // Reads until all is there, or until the turn is over.
  async #takeTurn (): Promise<void> {
    const { pieceLength } = this.#object
    const missing = this.digests.missing()
    this.#segments = this.#sequential ? [toTheEnd(missing, this.digests.pieces)] : this.#planned(missing)
    this.#progressAt = performance.now()
    this.#turnEndsAt = performance.now() + TURN_MS
    let taken = 0
    const turn = new AbortController()
    const signal = AbortSignal.any([this.#signal, turn.signal])
    setMaxListeners(0, signal) // each reader has several
    const reading = new Set<Promise<void>>()
    const readMore = (): void => {
      while (reading.size < this.#engine.pace.readers && !signal.aborted && !this.#turnIsOver(taken)) {
        const segment = this.#nextSegment()
        if (segment === undefined) return
        taken += segment.pieces * pieceLength
        const read = this.#readSegment(segment, signal)
        reading.add(read)
        read.then(() => reading.delete(read), () => {}) // the race hears of it
      }
    }
    try {
      for (readMore(); reading.size > 0; readMore()) await Promise.race(reading)
    } catch (error) {
      if (!(error instanceof RangeIgnored) || this.#sequential) throw error
      this.#sequential = true
    } finally {
      turn.abort()
      await Promise.allSettled(reading)
    }
    if (!this.digests.complete) this.#signal.throwIfAborted() // what is complete is still kept
  }

  #planned (missing: readonly Segment[]): Segment[] {
    const { pace } = this.#engine
    this.#plannedFor = pace.generation
    return planSegments(missing, this.#object.pieceLength, pace.readers, pace.growth)
  }

  #nextSegment (): Segment | undefined {
    if (!this.#sequential && this.#plannedFor !== this.#engine.pace.generation) {
      this.#segments = this.#planned(runsOf(this.#segments))
    }
    return this.#segments.shift()
  }

  get #mayReadDirect (): boolean {
    return this.#object.direct !== undefined && !this.#sequential && this.#unexpected < MAX_UNEXPECTED
  }

  #turnIsOver (taken: number): boolean {
    return this.#engine.queue.contended && (taken >= TURN_BYTES || performance.now() > this.#turnEndsAt)
  }

  // A slow read gives its turn up between two pieces.
  async #readSegment (segment: Segment, turn: AbortSignal): Promise<void> {
    const over = new AbortController()
    try {
      await this.#readPersistently(segment, AbortSignal.any(
        [turn, over.signal]
      ), () => {
        if (!this.#sequential && this.#turnIsOver(
          0
        )) {
          over.abort()
        }
      })
    } catch (error) {
      if (error !== over.signal.reason) throw error
    }
  }

  async #readPersistently (segment: Segment, signal: AbortSignal, onDigests: () => void): Promise<void> {
    let pause = FIRST_PAUSE_MS
    let failingSince: number | undefined
    let failures = 0
    let direct = this.#mayReadDirect
    for (;;) {
      const had = this.digests.countFrom(segment)
      const rest = { firstPiece: segment.firstPiece + had, pieces: segment.pieces - had }
      try {
        await this.#engine.slots.use(
          this,
          () => direct ? this.#readDirect(rest, onDigests, signal) : this.#readThroughOrigin(rest, onDigests, signal),
          signal
        )
        if (direct) this.#unexpected = 0
        return
      } catch (error) {
        signal.throwIfAborted()
        const progressed = this.digests.countFrom(segment) > had
        if (progressed) {
          pause = FIRST_PAUSE_MS
          failingSince = undefined
        }
        failingSince ??= performance.now()
        failures++
        // What a thread could not read the origin's own client asks for once more, and says why not.
        if (direct && !(error instanceof BusyOrigin && this.#hasBegun) && isOfThread(error)) {
          if (error instanceof UnexpectedAnswer) this.#unexpected++
          direct = progressed
          continue
        }
        if (!isTemporary(error) || (!this.#hasBegun && failures >= FAILURES_AT_FIRST) || performance.now() - Math.max(
          failingSince, this.#progressAt
        ) > PATIENCE_MS) {
          throw error
        }
        await sleep(pause * (0.5 + Math.random()), undefined, { signal })
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
        direct = this.#mayReadDirect
      }
    }
  }

  async #readDirect (segment: Segment, onDigests: () => void, signal: AbortSignal): Promise<void> {
    const { direct } = this.#object
    if (direct === undefined) throw new UnexpectedAnswer('no thread may read this object')
    const { first, last } = this.#bytesOf(segment)
    const timer = this.#timer()
    const listener = {
      onBegun: () => {
        timer.begin()
        this.#hear()
      },
      onDigests: this.#taking(segment, onDigests)
    }
    await this.#engine.pool.hash(
      { first, last, pieceLength: this.#object.pieceLength, source: (from) => direct(from, last) },
      listener,
      signal
    )
    timer.end()
  }

  async #readThroughOrigin (segment: Segment, onDigests: () => void, signal: AbortSignal): Promise<void> {
    const { first, last } = this.#bytesOf(segment)
    const hasher = new PieceHasher(last - first + 1, this.#object.pieceLength)
    const take = this.#taking(segment, onDigests)
    const timer = this.#timer()
    for await (const bytes of await this.#object.read(first, last, signal)) {
      timer.begin()
      this.#hear()
      hasher.update(bytes)
      if (hasher.ready > 0) take(Buffer.from(hasher.take()))
    }
    if (hasher.missing > 0) throw new OriginUnavailable(`${hasher.missing} bytes of a read are missing`)
    timer.end()
  }

  // What a read tells of the origin, once it has ended well.
  #timer (): { begin: () => void, end: () => void } {
    const { pace } = this.#engine
    const { generation } = pace
    const started = performance.now()
    let begun: number | undefined
    return {
      begin: () => { begun ??= performance.now() },
      end: () => {
        if (begun === undefined || this.#sequential) return
        pace.note({
          firstByteMs: begun - started, transferMs: performance.now() - begun, size: this.#object.size, generation
        })
      }
    }
  }

  #bytesOf ({ firstPiece, pieces }: Segment): { first: number, last: number } {
    const { size, pieceLength } = this.#object
    return { first: firstPiece * pieceLength, last: Math.min(size, (firstPiece + pieces) * pieceLength) - 1 }
  }

  // Digests of a read come in order.
  #taking ({ firstPiece }: Segment, onDigests: () => void): (digests: Buffer) => void {
    let piece = firstPiece
    return (digests) => {
      this.digests.set(piece, digests)
      const { first, last } = this.#bytesOf({ firstPiece: piece, pieces: digests.length / DIGEST_BYTES })
      this.#engine.counts.bytes += last - first + 1
      this.#object.onDigests({ firstPiece: piece, digests })
      piece += digests.length / DIGEST_BYTES
      this.#progressAt = performance.now()
      this.#onProgress()
      onDigests()
    }
  }

  #hear (): void {
    this.#hasBegun = true
    this.#begin()
  }
}

// An origin that knows no ranges is read in one go, from the first piece that is missing.
function toTheEnd ([first]: readonly Segment[], pieces: number): Segment {
  const firstPiece = first?.firstPiece ?? pieces
  return { firstPiece, pieces: pieces - firstPiece }
}

function isOfThread (error: unknown): boolean {
  return error instanceof UnexpectedAnswer || error instanceof BusyOrigin || error instanceof BrokenRead
}

function isTemporary (error: unknown): boolean {
  return isOfThread(error) || error instanceof OriginUnavailable || (error instanceof OriginRefusal &&
    error.code === 'SlowDown')
}
