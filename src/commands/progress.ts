import { createLogUpdate } from 'log-update'
import { bar } from './bar.js'
import { bytes, count, duration } from './format.js'
import { Rate } from './rate.js'

/** Shows how far a command is. Whoever opens it closes it. */
export interface Progress {
  /** Says what is done from now on. */
  begin (title: string, total: number): void
  /** Says it in other words. */
  rename (title: string): void
  /**
   * Bytes that are done in all, of which `known` cost nothing; `total` where it has changed; objects that are done, of
   * several.
   */
  update (done: number, known: number, total?: number, objects?: number): void
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
  objects: number | undefined
  rate = new Rate()

  begin (title: string, total: number): void {
    Object.assign(this, { title, total, done: 0, known: 0, objects: undefined, rate: new Rate() })
  }

  update (done: number, known: number, total: number, objects: number | undefined): void {
    Object.assign(this, { done, known, total, objects })
  }

  /** `, 8 objects`; empty: there is one. */
  get objectsDone (): string {
    return this.objects === undefined ? '' : `, ${count(this.objects, 'object')}`
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

  update (done: number, known: number, total = this.#state.total, objects?: number): void {
    this.#state.update(done, known, total, objects)
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
    const { title, done, total, objects } = this.#state
    const behind = objects === undefined ? '' : `, ${objects.toLocaleString('en')} hashed`
    const shown = [...title].slice(0, Math.max(0, width - behind.length)).join('') + behind
    this.#draw(`${shown}\n${bar({ done, total, rate }, width)}`)
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
      const { done, total, objectsDone } = this.#state
      const left = rate === undefined ? '' : `, ${bytes(rate)}/s, ${duration(Math.max(0, total - done) / rate)} left`
      const share = Math.floor(total === 0 ? 0 : done / total * 100)
      this.line(`${share} %, ${bytes(done)} of ${bytes(total)}${objectsDone}${left}`)
    }, LINE_MS)
  }

  rename (title: string): void {
    this.#state.title = title
  }

  update (done: number, known: number, total = this.#state.total, objects?: number): void {
    this.#state.update(done, known, total, objects)
  }

  line (text: string, stream = this.#stream): void {
    stream.write(`${text}\n`)
  }

  close (): void {
    clearInterval(this.#timer)
  }
}
