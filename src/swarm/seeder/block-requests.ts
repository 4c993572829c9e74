/** A part of a piece (BEP 3): which piece, from which byte of it, how many bytes. */
export interface BlockRequest {
  readonly index: number
  readonly offset: number
  readonly length: number
}

interface Waiting extends BlockRequest {
  gone: boolean
}

/** Of those that are gone at most so many stay in the list, and as many as wait. */
const SPARE = 128

/**
 * The blocks that a peer waits for, oldest first. One is found at once, however many there are: a cancel costs a peer
 * 17 bytes.
 *
 * Fast path, bench `swarm`: a request costs an object and a place in a list; what finds equal ones is made by the first
 * cancel, and kept until no request waits.
 */
export class BlockRequests {
  /** From `#head` on, with those that are gone. */
  #queue: Waiting[] = []
  #head = 0
  #size = 0
  /** Equal ones that wait, oldest first. */
  #equal: Map<string, Waiting[]> | undefined

  get size (): number {
    return this.#size
  }

  add ({ index, offset, length }: BlockRequest): void {
    const request = { index, offset, length, gone: false }
    this.#queue.push(request)
    this.#size++
    if (this.#equal !== undefined) addTo(this.#equal, request)
  }

  get oldest (): BlockRequest | undefined {
    return this.#queue[this.#head]
  }

  /** Those that wait, oldest first; nothing is changed meanwhile. */
  * [Symbol.iterator] (): Generator<Waiting, void, undefined> {
    for (let i = this.#head; i < this.#queue.length; i++) {
      const request = this.#queue[i]
      if (request?.gone === false) yield request
    }
  }

  /** Takes the oldest one away. */
  take (): BlockRequest | undefined {
    const oldest = this.#queue[this.#head]
    if (oldest === undefined) return undefined
    this.#equal?.get(idOf(oldest))?.shift()
    this.#leave(oldest)
    return oldest
  }

  /** Deletes one; of equal ones the oldest. @returns whether there was one */
  delete (request: BlockRequest): boolean {
    if (this.#size === 0) return false
    this.#equal ??= this.#findEqual()
    const oldest = this.#equal.get(idOf(request))?.shift()
    if (oldest === undefined) return false
    this.#leave(oldest)
    return true
  }

  /** Deletes them all. @returns what there was, oldest first */
  clear (): BlockRequest[] {
    const all = [...this]
    this.#size = 0
    this.#forget()
    return all
  }

  #findEqual (): Map<string, Waiting[]> {
    const equal = new Map<string, Waiting[]>()
    for (const request of this) addTo(equal, request)
    return equal
  }

  #leave (request: Waiting): void {
    request.gone = true
    this.#size--
    if (this.#size === 0) return this.#forget()
    while (this.#queue[this.#head]?.gone === true) this.#head++
    if (this.#queue.length <= 2 * this.#size + SPARE) return
    this.#queue = this.#queue.filter(({ gone }) => !gone)
    this.#head = 0
    if (this.#equal !== undefined) this.#equal = this.#findEqual() // without empty lists
  }

  #forget (): void {
    this.#queue = []
    this.#head = 0
    this.#equal = undefined
  }
}

function addTo (equal: Map<string, Waiting[]>, request: Waiting): void {
  const id = idOf(request)
  const others = equal.get(id)
  if (others === undefined) equal.set(id, [request])
  else others.push(request)
}

const idOf = ({ index, offset, length }: BlockRequest): string => `${index} ${offset} ${length}`
