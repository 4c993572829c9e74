import type { ByteSink } from '../byte-sink.js'
import { WorkerReadFailed } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'
import { assertAnswer } from './range-answer.js'

const MAX_HEAD_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

/** One request for a range and its answer: what has come of it, and what is to come. */
export class RangeExchange {
  /** Resolves when the right head has come. */
  readonly opened: Promise<void>
  /** Resolves when all of the body has gone to its sink. */
  readonly poured: Promise<void>
  /** Bytes of the body that have not come. */
  missing: number
  readonly #request: RangeRequest
  #head: string | undefined = ''
  #keepsAlive = true
  /** Of the body, what came with the head before anybody wanted it, in the connection's buffer. */
  #early: Buffer = NOTHING
  #sink: ByteSink | undefined
  #open: () => void = () => {}
  #end: () => void = () => {}
  #fail: (error: Error) => void = () => {}

  /** @param sink where the body goes, if that is known from the beginning; else see `pourInto` */
  constructor (request: RangeRequest, sink?: ByteSink) {
    this.#request = request
    this.#sink = sink
    this.missing = request.last - request.first + 1
    let failOpening: (error: Error) => void
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve
      failOpening = reject
    })
    this.poured = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#fail = (error) => {
        failOpening(error)
        reject(error)
      }
    })
    this.poured.catch(() => {}) // nobody waits for it before the head has come
  }

  /** The request, as it is sent. */
  get asked (): string {
    const { path, headers } = this.#request
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  }

  /** Bytes of the body that have come. */
  get came (): number {
    return this.#request.last - this.#request.first + 1 - this.missing
  }

  /** Whether the connection stays open behind it. */
  get keepsAlive (): boolean {
    return this.#keepsAlive
  }

  /** Where the body goes. */
  get sink (): ByteSink {
    if (this.#sink === undefined) throw new Error('nobody has asked for the body')
    return this.#sink
  }

  /** Room for what comes next, where it is body and has one. */
  room (): Buffer | undefined {
    if (this.missing === 0) return undefined
    return this.#sink?.room()?.subarray(0, this.missing)
  }

  /**
   * What is to be done with what came: the bytes of the body; `head`: nothing yet; `early`: nothing before somebody
   * wants the body.
   * @throws WorkerReadFailed
   */
  receive (bytes: Buffer): Buffer | 'head' | 'early' {
    if (this.#head === undefined) return this.#counted(bytes)
    const before = this.#head.length
    const head = this.#head + bytes.toString('latin1', 0, MAX_HEAD_BYTES + 4)
    const end = head.indexOf('\r\n\r\n')
    if ((end < 0 ? head.length : end) > MAX_HEAD_BYTES) throw new WorkerReadFailed('unexpected', 'a head over 16 KiB')
    this.#head = end < 0 ? head : undefined
    if (end < 0) return 'head'
    this.#keepsAlive = assertAnswer(head.slice(0, end), this.#request)
    const body = this.#counted(bytes.subarray(end + 4 - before))
    this.#open()
    if (this.#sink !== undefined) return body
    this.#early = body
    return 'early'
  }

  /** Where the body goes. */
  pourInto (sink: ByteSink): void {
    this.#sink = sink
  }

  /** What came before anybody wanted it. */
  takeEarly (): Buffer {
    const early = this.#early
    this.#early = NOTHING
    return early
  }

  end (): void {
    this.#end()
  }

  fail (error: Error): void {
    this.#fail(error)
  }

  #counted (body: Buffer): Buffer {
    if (body.length > this.missing) throw new WorkerReadFailed('unexpected', 'more bytes than announced')
    this.missing -= body.length
    return body
  }
}
