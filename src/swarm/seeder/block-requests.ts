/** A part of a piece (BEP 3): which piece, from which byte of it, how many bytes. */
export interface BlockRequest {
  readonly index: number
  readonly offset: number
  readonly length: number
}

/**
 * The blocks that a peer waits for, oldest first. One is found at once, however many there are: a cancel costs a peer
 * 17 bytes.
 */
export class BlockRequests {
  readonly #waiting = new Map<number, BlockRequest>()
  /** The numbers of equal ones, oldest first. */
  readonly #numbers = new Map<string, number[]>()
  /** Goes on where it was: whatever is before it has been taken or deleted. */
  #oldest = this.#waiting.values()
  #next = 0

  get size (): number {
    return this.#waiting.size
  }

  add (request: BlockRequest): void {
    const number = this.#next++
    this.#waiting.set(number, request)
    const equal = this.#numbers.get(idOf(request))
    if (equal === undefined) this.#numbers.set(idOf(request), [number])
    else equal.push(number)
  }

  /** Takes the oldest one away. */
  take (): BlockRequest | undefined {
    if (this.size === 0) return undefined
    let oldest = this.#oldest.next()
    if (oldest.done === true) { // it had come to the end before there was more
      this.#oldest = this.#waiting.values()
      oldest = this.#oldest.next()
    }
    if (oldest.value !== undefined) this.delete(oldest.value)
    return oldest.value
  }

  /** Deletes one; of equal ones the oldest. @returns whether there was one */
  delete (request: BlockRequest): boolean {
    const id = idOf(request)
    const equal = this.#numbers.get(id)
    const number = equal?.shift()
    if (number === undefined) return false
    if (equal?.length === 0) this.#numbers.delete(id)
    return this.#waiting.delete(number)
  }

  /** Deletes them all. @returns what there was, oldest first */
  clear (): BlockRequest[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#numbers.clear()
    return all
  }
}

const idOf = ({ index, offset, length }: BlockRequest): string => `${index} ${offset} ${length}`
