import bencode from 'bencode'

export type BencodeValue = number | string | Uint8Array | readonly BencodeValue[]

/**
 * Bencodes an integer, string, byte string or list (BEP 3). The library would write a fraction or a bigint as something
 * else.
 */
export function encode (value: BencodeValue): Buffer {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new TypeError(`${value} is no integer that bencoding can hold`)
  }
  const { buffer, byteOffset, byteLength } = bencode.encode(value)
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** A string, bencoded, as text: of ten thousand files there would be a hundred thousand Buffers. */
export function encodedText (text: string): string {
  return `${Buffer.byteLength(text)}:${text}`
}

const keys = new Map<string, Buffer>()

/**
 * The inside of a dictionary, without its `d` and `e`. Keys must come sorted as raw bytes (BEP 3); there are few, and
 * each is kept.
 */
export function encodeEntries (entries: ReadonlyArray<readonly [key: string, value: BencodeValue]>): Buffer {
  return Buffer.concat(entries.flatMap(([key, value]) => [encodedKey(key), encode(value)]))
}

function encodedKey (key: string): Buffer {
  const known = keys.get(key) ?? encode(key)
  keys.set(key, known)
  return known
}
