/**
 * What an origin does wrong. Every knob may be set and taken back at any time; an object's own wins over the origin's.
 */
export interface Faults {
  /** One budget for all the bodies under this knob together, spent every 50 ms. Read anew at every step. */
  bytesPerSecond?: number | undefined
  /** Close the connection after that many bytes of a body. */
  cutAfter?: number | undefined
  /** Close a connection once it has carried that many bytes of bodies. */
  cutConnectionAfter?: number | undefined
  /** Send no more after that many bytes of a body, and keep the connection open. */
  stallAfter?: number | undefined
  /**
   * Leave out the last `by` bytes of a body: `close` sends the true Content-Length and closes; `length` and `chunked`
   * are complete HTTP messages, with a Content-Length that is as short or with none.
   */
  shortBody?: { by: number, framing: 'close' | 'length' | 'chunked' } | undefined
  /** How many more bodies cutAfter, stallAfter and shortBody beside it apply to. Undefined: all. */
  times?: number | undefined
  /** Refuse the next `count` requests, of that method only where one is given. */
  statusBurst?: { status: number, count: number, method?: 'GET' | 'HEAD' } | undefined
  /** Refuse GETs where `turns` has an R, one letter for each, over and over. */
  refusedTurns?: { status: number, turns: string, next: number } | undefined
  /** Answer every request with this body, or every unsigned one; a function may never end. */
  errorBody?: {
    status: number
    body: string | Buffer | (() => Iterable<string>)
    headers?: Record<string, string>
    unsignedOnly?: boolean
  } | undefined
  /** With a region: until a request is signed for it. */
  redirectTo?: { status: 301 | 307, location: string, region?: string } | undefined
  /** Answer when this is settled. */
  held?: Promise<void> | undefined
  /** Refuse what is signed with this access key id, with this code. */
  refusedPair?: { accessKeyId: string, status: number, code: string } | undefined
  /** 403 to every HEAD of an object, whoever may read it. */
  refuseHead?: boolean | undefined
  /** Answer a range with 200 and the whole object. */
  ignoreRange?: boolean | undefined
  /** Answer a range with 206 and so many bytes more on either side of it. */
  widerRange?: number | undefined
  /** Leave these headers of an object out, in answers to that method only where one is given. */
  withoutHeaders?: { names: string[], method?: 'GET' | 'HEAD' } | undefined
  /**
   * 400 AuthorizationHeaderMalformed to what is signed for another region; the document names it, and a header where
   * that is wanted.
   */
  region?: { name: string, header: boolean } | undefined
  /**
   * Milliseconds before the first byte of an object, for each MiB of it; one answer after the other where it is
   * `serial`.
   */
  waitPerMiB?: { ms: number, serial: boolean } | undefined
  /** Do not look at If-Match. */
  ignoreIfMatch?: boolean | undefined
  /** Send the right bytes under a Content-Range that is off by one. */
  wrongContentRange?: boolean | undefined
  /** The id that x-amz-expected-bucket-owner must have, else 403. Undefined: the header is ignored, as Ceph does. */
  honourOwner?: string | undefined
  /** 403 without x-amz-request-payer: requester, and always to the unsigned. */
  requesterPays?: boolean | undefined
}

/** The object's own faults where it has them, the origin's else. */
export class FaultsInForce {
  readonly #layers: Faults[]

  constructor (object: Faults | undefined, origin: Faults) {
    this.#layers = object ? [object, origin] : [origin]
  }

  get<K extends keyof Faults> (knob: K): Faults[K] {
    return this.#layer(knob)?.[knob]
  }

  /** Whether a burst refuses this request, which is then counted. */
  refusal (method: string | undefined): number | undefined {
    for (const { statusBurst: burst } of this.#layers) {
      if (burst && burst.count > 0 && (burst.method ?? method) === method) {
        burst.count--
        return burst.status
      }
    }
    const refused = this.get('refusedTurns')
    if (refused && method === 'GET' && refused.turns[refused.next++ % refused.turns.length] === 'R') {
      return refused.status
    }
  }

  /** What happens to the body that is about to be sent, which is then counted. */
  body (): Pick<Faults, 'cutAfter' | 'stallAfter' | 'shortBody'> {
    const layer = this.#layer('cutAfter') ?? this.#layer('stallAfter') ?? this.#layer('shortBody')
    if (layer === undefined || layer.times === 0) return {}
    if (layer.times !== undefined) layer.times--
    const { cutAfter, stallAfter, shortBody } = layer
    return { cutAfter, stallAfter, shortBody }
  }

  /** Milliseconds until `bytes` more may be sent; and the bytes to send at a time. */
  pace (): { atOnce: number, wait: (bytes: number) => number } | undefined {
    const layer = this.#layer('bytesPerSecond')
    const rate = layer?.bytesPerSecond
    if (layer === undefined || rate === undefined) return undefined
    return {
      atOnce: Math.max(1, Math.floor(rate / 20)),
      wait: (bytes) => {
        const now = performance.now()
        const free = Math.max(now, budgets.get(layer) ?? 0) + bytes / rate * 1000
        budgets.set(layer, free)
        return free - now
      }
    }
  }

  #layer (knob: keyof Faults): Faults | undefined {
    return this.#layers.find((layer) => layer[knob] !== undefined)
  }
}

/** When each paced layer has spent what it was given. */
const budgets = new WeakMap<Faults, number>()
