import { createLogUpdate } from 'log-update'
import { bar } from './bar.js'
import { bytes, duration } from './format.js'
import { Rate } from './rate.js'

/** Shows how far a command is. Whoever opens it closes it. */
export interface Progress {
  /** Says what is done from now on. */
  begin (title: string, total: number): void
  /** Says it in other words. */
  rename (title: string): void
  /** Bytes that are done in all, of which `known` cost nothing; `total` where it has changed. */
  update (done: number, known: number, total?: number): void
  /** A line that stays, of this stream or another one on the same terminal. */
  line (text: string, stream?: NodeJS.WriteStream): void
  /** Takes the bar away. */
  close (): void
}

const REDRAW_MS = 100
const LINE_MS = 5_000

/** A bar on a terminal, lines elsewhere, nothing but other streams' lines where it is to be quiet. */
export function openProgress (stream: NodeJS.WriteStream, quiet: boolean): Progress {
  if (quiet) {
    return {
      begin: () => {},
      rename: () => {},
      update: () => {},
      line: (text, stream) => { stream?.write(`${text}\n`) },
      close: () => {}
    }
  }
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream)
}

class ProgressState {
  title = ''
  done = 0
  known = 0
  total = 0
  rate = new Rate()

  begin (title: string, total: number): void {
    Object.assign(this, { title, total, done: 0, known: 0, rate: new Rate() })
  }

  update (done: number, known: number, total: number): void {
    Object.assign(this, { done, known, total })
  }

  /** Bytes a second now. */
  tick (): number | undefined {
    this.rate.note(performance.now(), this.done - this.known)
    return this.rate.perSecond
  }
}

class BarProgress implements Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #state = new ProgressState()
  readonly #draw: ReturnType<typeof createLogUpdate>
  #timer: NodeJS.Timeout | undefined

  constructor (stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#draw = createLogUpdate(stream)
  }

  begin (title: string, total: number): void {
    this.#state.begin(title, total)
    this.#timer ??= setInterval(() => this.#redraw(), REDRAW_MS)
    this.#redraw()
  }

  rename (title: string): void {
    this.#state.title = title
  }

  update (done: number, known: number, total = this.#state.total): void {
    this.#state.update(done, known, total)
  }

  line (text: string, stream = this.#stream): void {
    this.#draw.clear()
    stream.write(`${text}\n`)
    if (this.#timer !== undefined) this.#redraw()
  }

  close (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#draw.clear()
    this.#draw.done()
  }

  #redraw (): void {
    const rate = this.#state.tick()
    const width = (this.#stream.columns || 80) - 1
    const { title, done, total } = this.#state
    this.#draw(`${[...title].slice(0, width).join('')}\n${bar({ done, total, rate }, width)}`)
  }
}

class LineProgress implements Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #state = new ProgressState()
  #timer: NodeJS.Timeout | undefined

  constructor (stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  begin (title: string, total: number): void {
    this.#state.begin(title, total)
    this.#state.tick()
    this.line(`${title}: ${bytes(total)}`)
    this.#timer ??= setInterval(() => {
      const rate = this.#state.tick()
      const { done, total } = this.#state
      const left = rate === undefined ? '' : `, ${bytes(rate)}/s, ${duration(Math.max(0, total - done) / rate)} left`
      this.line(`${Math.floor(total === 0 ? 0 : done / total * 100)} %, ${bytes(done)} of ${bytes(total)}${left}`)
    }, LINE_MS)
  }

  rename (title: string): void {
    this.#state.title = title
  }

  update (done: number, known: number, total = this.#state.total): void {
    this.#state.update(done, known, total)
  }

  line (text: string, stream = this.#stream): void {
    stream.write(`${text}\n`)
  }

  close (): void {
    clearInterval(this.#timer)
  }
}
