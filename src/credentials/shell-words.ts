/** Words as Python's shlex.split makes them of a POSIX shell's line; undefined where a quotation does not end. */
export function shellWords (text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (/[ \t\r\n]/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    word ??= ''
    if (c === "'" || c === '"') {
      const quoted = quotation(text, i)
      if (quoted === undefined) return undefined
      word += quoted.text
      i = quoted.end
    } else if (c === '\\') {
      if (++i === text.length) return undefined
      word += text.charAt(i)
    } else word += c
  }
  return word === undefined ? words : [...words, word]
}

// In double quotes a backslash escapes the quote and itself alone.
function quotation (text: string, start: number): { text: string, end: number } | undefined {
  const quote = text.charAt(start)
  let inside = ''
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === quote) return { text: inside, end: i }
    const next = text.charAt(i + 1)
    if (c === '\\' && quote === '"' && (next === '"' || next === '\\')) {
      inside += next
      i++
    } else inside += c
  }
  return undefined
}
