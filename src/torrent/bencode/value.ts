export const DICTIONARY = 0x64 // d
export const LIST = 0x6C // l
export const INTEGER = 0x69 // i
export const END = 0x65 // e
export const MINUS = 0x2D
export const ZERO = 0x30
export const BYTE_STRING = 0

/**
 * What is written down of each value: its kind, where it (of a byte string: what it holds) begins and ends, and the
 * number of what follows it.
 */
export const FIELDS = 4

/** Where everything is in what was decoded. */
export interface Table {
  readonly bytes: Buffer
  readonly fields: Int32Array
}

/**
 * A bencoded value of any origin (BEP 3): a place in what was decoded. Objects for millions of values would cost more
 * than all else, so there are none but of what is looked at.
 */
export class BencodedValue {
  readonly #table: Table
  readonly #at: number

  constructor (table: Table, number: number) {
    this.#table = table
    this.#at = number * FIELDS
  }

  get isDictionary (): boolean {
    return this.#field(0) === DICTIONARY
  }

  get isList (): boolean {
    return this.#field(0) === LIST
  }

  /** Undefined: it is no integer, or one beyond the safe ones, which old clients wrote where a number was not known. */
  get integer (): number | undefined {
    if (this.#field(0) !== INTEGER) return undefined
    const { bytes } = this.#table
    const begin = this.#field(1) + 1
    const sign = bytes[begin] === MINUS ? -1 : 1
    let number = 0
    for (let at = sign < 0 ? begin + 1 : begin; bytes[at] !== END; at++) number = number * 10 + (bytes[at] ?? 0) - ZERO
    return Number.isSafeInteger(number) ? sign * number || 0 : undefined
  }

  /** What a byte string holds, a part of the input; undefined: it is none. */
  get byteString (): Buffer | undefined {
    return this.#field(0) === BYTE_STRING ? this.written : undefined
  }

  /** A byte string as UTF-8; undefined: it is none. */
  get text (): string | undefined {
    return this.#field(0) === BYTE_STRING
      ? this.#table.bytes.toString('utf8', this.#field(1), this.#field(2))
      : undefined
  }

  /** The value as it is written, a part of the input; of a byte string what it holds. */
  get written (): Buffer {
    return this.#table.bytes.subarray(this.#field(1), this.#field(2))
  }

  /** The values of a list; nothing of anything else. */
  * items (): Generator<BencodedValue> {
    if (this.isList) yield * this.#inside()
  }

  /** Of a dictionary; nothing of anything else. */
  * entries (): Generator<[key: BencodedValue, value: BencodedValue]> {
    if (!this.isDictionary) return
    let key: BencodedValue | undefined
    for (const value of this.#inside()) {
      if (key === undefined) key = value
      else {
        yield [key, value]
        key = undefined
      }
    }
  }

  /** The value under a key of a dictionary; undefined where there is none. */
  get (key: string): BencodedValue | undefined {
    const { bytes, fields } = this.#table
    if (!this.isDictionary) return undefined
    for (let at = this.#at + FIELDS, end = this.#field(3) * FIELDS; at < end;) {
      const begin = fields[at + 1] ?? 0
      if ((fields[at + 2] ?? 0) - begin === key.length && isAt(bytes, begin, key)) {
        return new BencodedValue(this.#table, at / FIELDS + 1)
      }
      at = (fields[at + FIELDS + 3] ?? 0) * FIELDS
    }
    return undefined
  }

  * #inside (): Generator<BencodedValue> {
    const { fields } = this.#table
    const end = this.#field(3)
    for (let number = this.#at / FIELDS + 1; number < end; number = fields[number * FIELDS + 3] ?? end) {
      yield new BencodedValue(this.#table, number)
    }
  }

  #field (field: number): number {
    return this.#table.fields[this.#at + field] ?? 0
  }
}

function isAt (bytes: Buffer, begin: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[begin + i] !== key.charCodeAt(i)) return false
  return true
}
