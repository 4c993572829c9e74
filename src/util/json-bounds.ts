const QUOTE = 0x22
const BACKSLASH = 0x5C
const OPENING = new Set(Buffer.from('[{'))
const CLOSING = new Set(Buffer.from(']}'))

/** Of arrays and objects: how deep they may be in each other, and how many there may be. */
export interface JsonBounds { readonly levels: number, readonly containers: number }

/**
 * Whether JSON is within these bounds: JSON.parse makes an array of each of a million `[` before it finds that they
 * have no end.
 */
export function isWithin (json: string, { levels, containers }: JsonBounds): boolean {
  let depth = 0
  let count = 0
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (code === QUOTE) i = endOfString(json, i)
    else if (OPENING.has(code)) {
      depth++
      count++
    } else if (CLOSING.has(code)) depth--
    if (depth > levels || count > containers) return false
  }
  return true
}

function endOfString (json: string, begin: number): number {
  let end = begin + 1
  while (end < json.length && json.charCodeAt(end) !== QUOTE) end += json.charCodeAt(end) === BACKSLASH ? 2 : 1
  return end
}
