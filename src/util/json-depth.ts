const QUOTE = 0x22
const BACKSLASH = 0x5C
const OPENING = new Set(Buffer.from('[{'))
const CLOSING = new Set(Buffer.from(']}'))

/** Whether JSON has more levels: JSON.parse makes an array of each of a million `[` before it finds that they have no end. */
export function isNestedDeeper (json: string, levels: number): boolean {
  let depth = 0
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (code === QUOTE) i = endOfString(json, i)
    else if (OPENING.has(code)) depth++
    else if (CLOSING.has(code)) depth--
    if (depth > levels) return true
  }
  return false
}

function endOfString (json: string, begin: number): number {
  let end = begin + 1
  while (end < json.length && json.charCodeAt(end) !== QUOTE) end += json.charCodeAt(end) === BACKSLASH ? 2 : 1
  return end
}
