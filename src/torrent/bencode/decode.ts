/** `message` goes on from "it". */
export class BencodeError extends Error {
  override name = 'BencodeError'
}

// The deepest torrent there is has a dozen levels. Keys are values, too: a third of a million files, about what
// libtorrent reads.
const MAX_DEPTH = 100
const MAX_VALUES = 2_000_000
const MAX_LENGTH_DIGITS = 11
const DICTIONARY = 0x64 // d
const LIST = 0x6C // l
const INTEGER = 0x69 // i
const END = 0x65 // e
const COLON = 0x3A
const MINUS = 0x2D
const ZERO = 0x30
const NINE = 0x39
const BYTE_STRING = 0

/**
 * What is written down of each value: its kind, where it (of a byte string: what it holds) begins and ends, and the
 * number of what follows it.
 */
const FIELDS = 4
const FIRST_VALUES = 1_000

interface Table {
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

/**
 * Decodes the value that `bytes` begins with, within bounds. Keys in a wrong order are taken, and integers with zeros
 * before them: others' programs write them.
 * @throws BencodeError
 */
export function decode (bytes: Buffer): BencodedValue {
  let fields = new Int32Array(FIRST_VALUES * FIELDS)
  let at = 0
  let values = 0

  function value (depth: number): void {
    if (depth > MAX_DEPTH) throw new BencodeError(`is nested deeper than ${MAX_DEPTH} levels`)
    const first = bytes[at]
    if (first === undefined) throw new BencodeError('ends too early')
    if (first === INTEGER) return integer()
    if (first === LIST || first === DICTIONARY) return first === LIST ? list(depth) : dictionary(depth)
    byteString()
  }

  function begin (kind: number, offset: number): number {
    if (values === MAX_VALUES) throw new BencodeError(`holds more than ${MAX_VALUES.toLocaleString('en')} values`)
    if ((values + 1) * FIELDS > fields.length) {
      const more = new Int32Array(fields.length * 2)
      more.set(fields)
      fields = more
    }
    fields[values * FIELDS] = kind
    fields[values * FIELDS + 1] = offset
    return values++
  }

  function end (number: number): void {
    fields[number * FIELDS + 2] = at
    fields[number * FIELDS + 3] = values
  }

  function integer (): void {
    const number = begin(INTEGER, at)
    const wrong = at
    const sign = bytes[at + 1] === MINUS ? 1 : 0
    const digits = at + 1 + sign
    at = digits
    while (isDigit(bytes[at])) at++
    if (bytes[at] !== END || at === digits) throw new BencodeError(`has no integer at byte ${wrong}`)
    at++
    end(number)
  }

  function byteString (): void {
    const wrong = at
    let length = 0
    for (; isDigit(bytes[at]) && at - wrong < MAX_LENGTH_DIGITS; at++) length = length * 10 + (bytes[at] ?? 0) - ZERO
    if (bytes[at] !== COLON || at === wrong) {
      throw new BencodeError(wrong === 0 ? 'is not bencoded' : `is not bencoded at byte ${wrong}`)
    }
    const number = begin(BYTE_STRING, at + 1)
    at += 1 + length
    if (at > bytes.length) throw new BencodeError('ends too early')
    end(number)
  }

  function list (depth: number): void {
    const number = begin(LIST, at++)
    while (bytes[at] !== END) value(depth + 1)
    at++
    end(number)
  }

  function dictionary (depth: number): void {
    const number = begin(DICTIONARY, at++)
    let ascending = true
    let before = -1
    while (bytes[at] !== END) {
      const key = values
      byteString()
      if (before >= 0) ascending &&= isBefore(before, key)
      before = key
      value(depth + 1)
    }
    at++
    end(number)
    if (!ascending) assertDifferent(number)
  }

  function isBefore (one: number, other: number): boolean {
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

  function assertDifferent (number: number): void {
    const keys = new Set<string>()
    for (const [key] of new BencodedValue({ bytes, fields }, number).entries()) {
      const name = key.written.toString('latin1')
      if (keys.has(name)) throw new BencodeError('has a key twice in one dictionary')
      keys.add(name)
    }
  }

  value(0)
  return new BencodedValue({ bytes, fields }, 0)
}

function isAt (bytes: Buffer, begin: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[begin + i] !== key.charCodeAt(i)) return false
  return true
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE
