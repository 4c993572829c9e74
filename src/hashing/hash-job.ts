import { setMaxListeners } from 'node:events'
import { HASHING_LIMITS } from '../objects/limits.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import { DigestList } from './digest-list.js'
import type { Engine } from './engine.js'
import { RangeIgnored } from './hashable-object.js'
import type { HashableObject } from './hashable-object.js'
import { planSegments, runsOf } from './segment.js'
import type { Segment } from './segment.js'
import type { Job } from './job.js'
import { SegmentReads } from './segment-reads.js'

/** After so many bytes, or HASHING_LIMITS.turnMs, a job lets those go on that wait for a turn. */
const TURN_BYTES = 256 * 1024 * 1024

/** One object being hashed: its segments are read in parallel, hashed on threads, and joined in order. */
export class HashJob implements Job {
  readonly begun: Promise<void>
  readonly ended: Promise<void>
  readonly digests: DigestList
  readonly #object: HashableObject
  readonly #engine: Engine
  readonly #signal: AbortSignal
  readonly #reads: SegmentReads
  #begin: () => void = () => {}
  #turnEndsAt = 0
  #inTurn = false
  #segments: Segment[] = []
  /** The generation of the pace that they are planned for. */
  #plannedFor = 0

  /** @param onProgress called when there are more digests */
  constructor (object: HashableObject, engine: Engine, signal: AbortSignal, onProgress: () => void) {
    this.#object = object
    this.#engine = engine
    this.#signal = signal
    this.digests = new DigestList(PieceDigests.piecesOf(object), object.metaVersion)
    for (const run of object.known) this.digests.set(run)
    this.#reads = new SegmentReads({
      object, engine, digests: this.digests, job: this, onByte: () => this.#begin(), onProgress
    })
    this.ended = this.#run()
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.ended.then(resolve, reject)
    })
    this.begun.catch(() => {}) // whoever follows hears of it
  }

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
    this.#segments = this.#reads.isSequential ? [toTheEnd(missing, this.digests.pieces)] : this.#planned(missing)
    this.#reads.beginTurn()
    this.#turnEndsAt = performance.now() + HASHING_LIMITS.turnMs
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
      if (!(error instanceof RangeIgnored) || this.#reads.isSequential) throw error
      this.#reads.isSequential = true
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
    if (!this.#reads.isSequential && this.#plannedFor !== this.#engine.pace.generation) {
      this.#segments = this.#planned(runsOf(this.#segments))
    }
    return this.#segments.shift()
  }

  #turnIsOver (taken: number): boolean {
    return this.#engine.queue.contended && (taken >= TURN_BYTES || performance.now() > this.#turnEndsAt)
  }

  // A slow read gives its turn up between two pieces.
  async #readSegment (segment: Segment, turn: AbortSignal): Promise<void> {
    const over = new AbortController()
    try {
      await this.#reads.read(segment, AbortSignal.any([turn, over.signal]), () => {
        if (!this.#reads.isSequential && this.#turnIsOver(0)) over.abort()
      })
    } catch (error) {
      if (error !== over.signal.reason) throw error
    }
  }
}

// An origin that knows no ranges is read in one go, from the first piece that is missing.
function toTheEnd ([first]: readonly Segment[], pieces: number): Segment {
  const firstPiece = first?.firstPiece ?? pieces
  return { firstPiece, pieces: pieces - firstPiece }
}
