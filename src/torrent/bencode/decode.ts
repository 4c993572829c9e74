import { BYTE_STRING, BencodedValue, DICTIONARY, END, FIELDS, INTEGER, LIST, MINUS, ZERO } from './value.js'

/** `message` goes on from "it". */
export class BencodeError extends Error {
  override name = 'BencodeError'
}

// The deepest torrent there is has a dozen levels. Keys are values, too: a third of a million files, about what
// libtorrent reads.
const MAX_DEPTH = 100
const MAX_VALUES = 2_000_000
const MAX_LENGTH_DIGITS = 11
const FIRST_VALUES = 1_000
const COLON = 0x3A
const NINE = 0x39

/**
 * Decodes the value that `bytes` begins with, within bounds. Keys in a wrong order are taken, and integers with zeros
 * before them: others' programs write them.
 * @throws BencodeError
 */
export function decode (bytes: Buffer): BencodedValue {
  return new Decoder(bytes).decode()
}

/** Walks through the bytes once, and writes down where each value is. */
class Decoder {
  readonly #bytes: Buffer
  #fields = new Int32Array(FIRST_VALUES * FIELDS)
  #at = 0
  #values = 0

  constructor (bytes: Buffer) {
    this.#bytes = bytes
  }

  decode (): BencodedValue {
    this.#value(0)
    return new BencodedValue({ bytes: this.#bytes, fields: this.#fields }, 0)
  }

  #value (depth: number): void {
    if (depth > MAX_DEPTH) throw new BencodeError(`is nested deeper than ${MAX_DEPTH} levels`)
    const first = this.#bytes[this.#at]
    if (first === undefined) throw new BencodeError('ends too early')
    if (first === INTEGER) this.#integer()
    else if (first === LIST) this.#list(depth)
    else if (first === DICTIONARY) this.#dictionary(depth)
    else this.#byteString()
  }

  #begin (kind: number, offset: number): number {
    if (this.#values === MAX_VALUES) {
      throw new BencodeError(`holds more than ${MAX_VALUES.toLocaleString('en')} values`)
    }
    if ((this.#values + 1) * FIELDS > this.#fields.length) {
      const more = new Int32Array(this.#fields.length * 2)
      more.set(this.#fields)
      this.#fields = more
    }
    this.#fields[this.#values * FIELDS] = kind
    this.#fields[this.#values * FIELDS + 1] = offset
    return this.#values++
  }

  #end (number: number): void {
    this.#fields[number * FIELDS + 2] = this.#at
    this.#fields[number * FIELDS + 3] = this.#values
  }

  #integer (): void {
    const begin = this.#at
    const number = this.#begin(INTEGER, begin)
    const digits = begin + (this.#bytes[begin + 1] === MINUS ? 2 : 1)
    let at = digits
    while (isDigit(this.#bytes[at])) at++
    if (this.#bytes[at] !== END || at === digits) throw new BencodeError(`has no integer at byte ${begin}`)
    this.#at = at + 1
    this.#end(number)
  }

  #byteString (): void {
    const begin = this.#at
    let at = begin
    let length = 0
    for (; isDigit(this.#bytes[at]) && at - begin < MAX_LENGTH_DIGITS; at++) {
      length = length * 10 + (this.#bytes[at] ?? 0) - ZERO
    }
    if (this.#bytes[at] !== COLON || at === begin) {
      throw new BencodeError(begin === 0 ? 'is not bencoded' : `is not bencoded at byte ${begin}`)
    }
    const number = this.#begin(BYTE_STRING, at + 1)
    this.#at = at + 1 + length
    if (this.#at > this.#bytes.length) throw new BencodeError('ends too early')
    this.#end(number)
  }

  #list (depth: number): void {
    const number = this.#begin(LIST, this.#at++)
    while (this.#bytes[this.#at] !== END) this.#value(depth + 1)
    this.#at++
    this.#end(number)
  }

  #dictionary (depth: number): void {
    const number = this.#begin(DICTIONARY, this.#at++)
    let isAscending = true
    let before = -1
    while (this.#bytes[this.#at] !== END) {
      const key = this.#values
      this.#byteString()
      if (before >= 0) isAscending &&= this.#isBefore(before, key)
      before = key
      this.#value(depth + 1)
    }
    this.#at++
    this.#end(number)
    if (!isAscending) this.#assertDifferent(number)
  }

  #isBefore (one: number, other: number): boolean {
    const [bytes, fields] = [this.#bytes, this.#fields]
    let a = fields[one * FIELDS + 1] ?? 0
    let b = fields[other * FIELDS + 1] ?? 0
    const endOfA = fields[one * FIELDS + 2] ?? 0
    const endOfB = fields[other * FIELDS + 2] ?? 0
    while (a < endOfA && b < endOfB && bytes[a] === bytes[b]) {
      a++
      b++
    }
    return b < endOfB && (a === endOfA || (bytes[a] ?? 0) < (bytes[b] ?? 0))
  }

  #assertDifferent (number: number): void {
    const keys = new Set<string>()
    for (const [key] of new BencodedValue({ bytes: this.#bytes, fields: this.#fields }, number).entries()) {
      const name = key.written.toString('latin1')
      if (keys.has(name)) throw new BencodeError('has a key twice in one dictionary')
      keys.add(name)
    }
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE
