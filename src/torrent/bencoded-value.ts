/** A bencoded value of any origin (BEP 3). Byte strings are parts of the input. */
export type BencodedValue = number | Buffer | readonly BencodedValue[] | BencodedDictionary

export interface BencodedDictionary {
  /** By key, its bytes as Latin-1. */
  readonly entries: ReadonlyMap<string, BencodedValue>
  /** As it was written. */
  readonly bytes: Buffer
}

/** `message` goes on from "it". */
export class BencodeError extends Error {
  override name = 'BencodeError'
}

// What a file of some MiB can ask for: the deepest torrent there is has a dozen levels, the largest a million values.
const MAX_DEPTH = 100
const MAX_VALUES = 4_000_000
const [DICTIONARY, LIST, INTEGER, END, COLON] = Buffer.from('dlie:')

/** Decodes the value that `bytes` begins with, within bounds. Keys in a wrong order are taken: others' programs write them. @throws BencodeError */
export function decode (bytes: Buffer): BencodedValue {
  let at = 0
  let values = 0

  function value (depth: number): BencodedValue {
    if (depth > MAX_DEPTH) throw new BencodeError(`is nested deeper than ${MAX_DEPTH} levels`)
    if (++values > MAX_VALUES) throw new BencodeError(`holds more than ${MAX_VALUES} values`)
    const first = bytes[at]
    if (first === undefined) throw new BencodeError('ends too early')
    if (first === INTEGER) return integer()
    if (first === LIST) return list(depth)
    if (first === DICTIONARY) return dictionary(depth)
    return byteString()
  }

  function integer (): number {
    const end = bytes.indexOf('e', at)
    const text = bytes.toString('latin1', at + 1, end < 0 ? at : Math.min(end, at + 20))
    const number = Number(text)
    if (!/^(0|-?[1-9]\d*)$/.test(text) || !Number.isSafeInteger(number)) throw new BencodeError(`has no integer at byte ${at}`)
    at = end + 1
    return number
  }

  function byteString (): Buffer {
    const colon = bytes.subarray(at, at + 12).indexOf(COLON as number)
    const digits = bytes.toString('latin1', at, at + Math.max(0, colon))
    if (!/^\d+$/.test(digits)) throw new BencodeError(at === 0 ? 'is not bencoded' : `is not bencoded at byte ${at}`)
    const begin = at + colon + 1
    at = begin + Number(digits)
    if (at > bytes.length) throw new BencodeError('ends too early')
    return bytes.subarray(begin, at)
  }

  function list (depth: number): BencodedValue[] {
    const items: BencodedValue[] = []
    at++
    while (bytes[at] !== END) items.push(value(depth + 1))
    at++
    return items
  }

  function dictionary (depth: number): BencodedDictionary {
    const begin = at
    const entries = new Map<string, BencodedValue>()
    at++
    while (bytes[at] !== END) {
      const key = byteString().toString('latin1')
      const entry = value(depth + 1)
      if (entries.has(key)) throw new BencodeError('has a key twice in one dictionary')
      entries.set(key, entry)
    }
    at++
    return { entries, bytes: bytes.subarray(begin, at) }
  }

  return value(0)
}

/** The dictionary that a value is; undefined where it is something else. */
export function asDictionary (value: BencodedValue | undefined): BencodedDictionary | undefined {
  return typeof value === 'object' && 'entries' in value && !Array.isArray(value) && !Buffer.isBuffer(value) ? value as BencodedDictionary : undefined
}
