import bencode from 'bencode'

export type BencodeValue = number | string | Uint8Array | readonly BencodeValue[]

/** Bencodes an integer, string, byte string or list (BEP 3). The library would write a fraction or a bigint as something else. */
export function encode (value: BencodeValue): Buffer {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError(`${value} is no integer that bencoding can hold`)
  return Buffer.from(bencode.encode(value))
}

/** The inside of a dictionary, without its `d` and `e`. Keys must come sorted as raw bytes (BEP 3). */
export function encodeEntries (entries: ReadonlyArray<readonly [key: string, value: BencodeValue]>): Buffer {
  return Buffer.concat(entries.flatMap(([key, value]) => [encode(key), encode(value)]))
}
