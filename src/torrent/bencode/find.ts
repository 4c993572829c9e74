const [DICTIONARY, LIST, INTEGER, END, COLON] = Buffer.from('dlie:')
const MAX_LENGTH_DIGITS = 7

/**
 * The bencoded value under a key of the dictionary that `bytes` begins with, as it is written; undefined where there is
 * none. What strangers send is walked, never built: it costs no memory, however deep it is.
 */
export function bencodedEntry (bytes: Buffer, key: string): Buffer | undefined {
  if (bytes[0] !== DICTIONARY) return undefined
  for (let at = 1; bytes[at] !== END;) {
    const name = stringAt(bytes, at)
    const end = name && behind(bytes, name.end)
    if (name === undefined || end === undefined) return undefined
    if (name.end - name.begin === key.length && bytes.toString('latin1', name.begin, name.end) === key) {
      return bytes.subarray(name.end, end)
    }
    at = end
  }
  return undefined
}

/** A bencoded integer from 0; undefined for everything else. */
export function bencodedInteger (value: Buffer | undefined): number | undefined {
  const [, digits] = /^i(0|[1-9]\d{0,14})e$/.exec(value?.toString('latin1', 0, 18) ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The offset behind the value at `at`; undefined where that is no whole one. */
function behind (bytes: Buffer, at: number): number | undefined {
  let depth = 0
  do {
    const first = bytes[at]
    if (first === LIST || first === DICTIONARY) {
      depth++
      at++
    } else if (first === END && depth > 0) {
      depth--
      at++
    } else {
      const end = first === INTEGER ? bytes.indexOf('e', at) + 1 : stringAt(bytes, at)?.end ?? 0
      if (end === 0) return undefined
      at = end
    }
  } while (depth > 0)
  return at
}

function stringAt (bytes: Buffer, at: number): { begin: number, end: number } | undefined {
  let length = 0
  for (let i = at; i <= at + MAX_LENGTH_DIGITS; i++) {
    const byte = bytes[i] ?? 0
    if (byte === COLON && i > at) {
      const begin = i + 1
      return begin + length <= bytes.length ? { begin, end: begin + length } : undefined
    }
    if (byte < 0x30 || byte > 0x39) return undefined
    length = length * 10 + byte - 0x30
  }
  return undefined
}
