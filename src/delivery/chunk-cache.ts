import { LRUCache } from 'lru-cache'
import { FairSlots } from '../util/fair-slots.js'

export interface ChunkCacheOptions {
  /** Bytes kept at most. */
  readonly maxBytes: number
  /** Chunks that are read at once. */
  readonly reads: number
}

type Load = (signal: AbortSignal) => Promise<Buffer>

interface Loading {
  readonly promise: Promise<Buffer>
  readonly controller: AbortController
  waiting: number
}

/**
 * Chunks of objects in memory, shared by all recipients; the chunk that was used least recently goes first. A chunk is
 * read once for all who wait for it.
 */
export class ChunkCache {
  readonly #chunks: LRUCache<string, Buffer>
  readonly #loading = new Map<string, Loading>()
  readonly #reads: FairSlots<string>

  constructor ({ maxBytes, reads }: ChunkCacheOptions) {
    this.#chunks = new LRUCache({ maxSize: maxBytes, sizeCalculation: (chunk) => chunk.length })
    this.#reads = new FairSlots(reads)
  }

  /** The chunk, if it is here. */
  peek (content: string, index: number): Buffer | undefined {
    return this.#chunks.get(idOf(content, index))
  }

  /**
   * The chunk, from here or from `load`, whose signal fires when nobody waits anymore.
   * @throws as load, or the signal's reason
   */
  async get (content: string, index: number, load: Load, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted()
    const chunk = this.peek(content, index)
    if (chunk !== undefined) return chunk
    const loading = this.#loading.get(idOf(content, index)) ?? this.#load(content, index, load)
    loading.waiting++
    let leave: () => void = () => {}
    const left = new Promise<never>((_resolve, reject) => { leave = () => reject(signal.reason as Error) })
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([loading.promise, left])
    } finally {
      signal.removeEventListener('abort', leave)
      if (--loading.waiting === 0) loading.controller.abort(NOBODY_WAITS)
    }
  }

  #load (content: string, index: number, load: Load): Loading {
    const id = idOf(content, index)
    const controller = new AbortController()
    const promise = this.#inTurn(content, load, controller.signal).then((chunk) => {
      this.#chunks.set(id, chunk)
      return chunk
    }).finally(() => { this.#loading.delete(id) })
    promise.catch(() => {}) // whoever waits hears of the failure; nobody may be left
    const loading = { promise, controller, waiting: 0 }
    this.#loading.set(id, loading)
    return loading
  }

  async #inTurn (content: string, load: Load, signal: AbortSignal): Promise<Buffer> {
    await this.#reads.take(content, signal)
    try {
      return await load(signal)
    } finally {
      this.#reads.release(content)
    }
  }

  /** The chunk is not what it should be: the next request for it reads it again. */
  forget (content: string, index: number): void {
    this.#chunks.delete(idOf(content, index))
  }
}

function idOf (content: string, index: number): string {
  return `${index} ${content}`
}

const NOBODY_WAITS = new DOMException('nobody waits for this chunk anymore', 'AbortError')
