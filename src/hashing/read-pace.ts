/** One read of a part of an object, from its request on. */
export interface TimedRead {
  readonly firstByteMs: number
  /** From the first byte to the last. */
  readonly transferMs: number
  /** Bytes of the whole object. */
  readonly size: number
  /** The pace's, when it began. */
  readonly generation: number
}

/** A wait that no distance explains. */
const COSTLY_MS = 250
/** How many such waits in a row are no accident. */
const SURE = 2
const MAX_GROWTH = 2 ** 20
/** After so long the origin is tried at full speed again. */
const RELEARN_MS = 10 * 60_000
/** A wait that has become that much shorter was the readers' own doing. */
const SHORTER = 0.75

/**
 * How an origin is read best. To most a range costs what it holds: many readers, segments of their own size. To some it
 * costs the whole object, which they load or check before the first byte: there segments grow until the transfer takes
 * longer than the wait, and readers become fewer in the same measure, unless that does not shorten the wait. What one
 * object taught is for the next ones too, for ten minutes.
 */
export class ReadPace {
  readonly #most: number
  readonly #now: () => number
  #readers: number
  #growth = 1
  #generation = 0
  #costly = 0
  /** Of the object that it was learnt from. */
  #size = 0
  #until = Infinity
  /** The wait before readers became fewer; undefined where that is judged. */
  #waitBefore: number | undefined
  #isDistance = false

  /** @param readers of one object at most @param now milliseconds */
  constructor (readers: number, now = () => performance.now()) {
    this.#most = readers
    this.#readers = readers
    this.#now = now
  }

  /** Of one object at a time. */
  get readers (): number {
    return this.#readers
  }

  /** How many times longer than usual segments are. */
  get growth (): number {
    return this.#growth
  }

  /** Another one after every change. */
  get generation (): number {
    if (this.#now() > this.#until) this.#reset()
    return this.#generation
  }

  note ({ firstByteMs, transferMs, size, generation }: TimedRead): void {
    if (generation !== this.generation) return
    if (firstByteMs <= Math.max(COSTLY_MS, transferMs)) {
      this.#costly = 0
      if (this.#growth > 1 && firstByteMs <= COSTLY_MS && size >= this.#size / 2) this.#reset()
      return
    }
    if (this.#waitBefore !== undefined && size <= this.#size && firstByteMs > this.#waitBefore * SHORTER) {
      this.#isDistance = true
      this.#waitBefore = undefined
      return this.#change(this.#most, this.#growth)
    }
    if (++this.#costly < SURE) return
    const ratio = 2 ** Math.ceil(Math.log2(firstByteMs / Math.max(1, transferMs)))
    this.#size = size
    this.#until = this.#now() + RELEARN_MS
    this.#waitBefore = this.#isDistance || this.#readers === 1 ? undefined : firstByteMs
    this.#change(this.#isDistance ? this.#readers : Math.max(1, Math.floor(this.#readers / ratio)), Math.min(
      MAX_GROWTH, this.#growth * ratio
    ))
  }

  #reset (): void {
    this.#until = Infinity
    this.#size = 0
    this.#waitBefore = undefined
    this.#isDistance = false
    this.#change(this.#most, 1)
  }

  #change (readers: number, growth: number): void {
    this.#readers = readers
    this.#growth = growth
    this.#costly = 0
    this.#generation++
  }
}
