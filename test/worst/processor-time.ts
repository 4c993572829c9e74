import type { Test } from 'tap'

/** How much more processor time the worst input may take than a plain one of the same size. */
const LIMIT = 10
/**
 * The least of them counts: others use the processors too, and code gets faster. What is below the limit once is
 * measured no more.
 */
const ROUNDS = 150
const PLAIN_ROUNDS = 40
/** What takes longer than this, microseconds, is measured less often. */
const LONG = 100_000
const LONG_ROUNDS = 3

/** Does one thing, to its end, with what was prepared for it. */
type Work<T> = (prepared: T) => unknown
const nothing = (): undefined => undefined

/** Measures inputs against a plain one. */
export class ProcessorTime {
  /** Of the plain one, microseconds. */
  readonly plain: number
  readonly #over: Array<{ what: string, ratio: number }> = []
  #measured = 0
  #most = { what: '', ratio: 0 }

  private constructor (plain: number) {
    this.plain = plain
  }

  /** @param plain what is handled as it should be, of the largest size */
  static async of (plain: Work<undefined>): Promise<ProcessorTime>
  static async of<T> (plain: Work<T>, prepare: () => Promise<T>): Promise<ProcessorTime>
  static async of (plain: Work<never>, prepare: () => unknown = nothing): Promise<ProcessorTime> {
    return new ProcessorTime(await leastOf(plain, prepare, PLAIN_ROUNDS, 0))
  }

  /** @param what names the input @param prepare does what is not measured */
  async measure (what: string, work: Work<undefined>): Promise<void>
  async measure<T> (what: string, work: Work<T>, prepare: () => Promise<T>): Promise<void>
  async measure (what: string, work: Work<never>, prepare: () => unknown = nothing): Promise<void> {
    const ratio = await leastOf(work, prepare, ROUNDS, this.plain * LIMIT) / this.plain
    this.#measured++
    if (ratio > LIMIT) this.#over.push({ what, ratio })
    if (ratio > this.#most.ratio) this.#most = { what, ratio }
  }

  /** Asserts that something was measured, and nothing was over the limit. */
  assert (t: Test, subject: string): void {
    const most =
      `${this.#most.ratio.toFixed(1)} times of ${(this.plain / 1000).toFixed(2)} ms at the most: ${this.#most.what}`
    t.ok(this.#measured > 0)
    t.same(
      this.#over.sort((a, b) => b.ratio - a.ratio).map(({ what, ratio }) => `${what}: ${ratio.toFixed(1)} times`),
      [],
      `${subject}: ${this.#measured} inputs, ${most}`
    )
  }
}

/** The least time of so many rounds, or the first below `enough`, microseconds. */
async function leastOf (work: Work<never>, prepare: () => unknown, rounds: number, enough: number): Promise<number> {
  let least = Infinity
  for (let round = 0; round < (least < Infinity && least > LONG ? LONG_ROUNDS : rounds) && least > enough; round++) {
    const prepared = await prepare()
    const before = process.cpuUsage()
    await work(prepared as never)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return least
}
