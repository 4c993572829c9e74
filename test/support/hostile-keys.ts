/** Parts of keys that some client or file system drops, rewrites, merges or takes for something else. */
const FRAGMENTS = [
  'a', 'a', 'A', 'b', 'ab', '/', '/', '/', '//', '.', '..', '...', ' ', '  ', '_', '~', '-', '.txt', '.TXT', '.tar.gz',
  'é', 'e\u0301', 'É', 'ß', 'ss', 'SS', '\u212A', 'k', 'K', 'İ', 'ı', 'σ', 'ς', 'Σ', '\uFB01', 'ŉ', '日本', '😀',
  '\u{10FFFF}',
  '%', '%%', '%4', '%41', '%61', '%2F', '%2f', '%2e', '%2E%2E', '%25', '%2541', '%3A', '%20', '%00', '%C3%A9', '%FF',
  '#', '?', '&', '+', '=', ';', ',', '!', "'", '(', ')', '[', ']', '{', '}', '^', '`', '|',
  '\\', ':', '*', '"', '<', '>',
  'CON', 'con', 'NUL', 'COM1', 'LPT¹', 'aux.', '.pad', '.PAD', '.p%61d', '_____padding_file_', '_____padding',
  '\0', '\u0001', '\t', '\n', '\r', '\u007F', '\u0085', '\u00AD', '\u061C', '\u200B', '\u200D', '\u200E', '\u202E',
  '\u2028', '\u2060', '\u2066', '\u3164', '\uFE0F', '\uFEFF', '\uFFFD', '\uFFFF', '\u{E0041}', '\uD800', '\uDC00',
  'x'.repeat(100), 'x'.repeat(239), 'é'.repeat(121), 'long/'.repeat(30), '~ca978112'
]

/** Numbers from 0 to below 1, the same ones for a seed (a linear congruential generator). */
export function seeded (seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 0x1_0000_0000
  }
}

/** Different keys of up to 1024 bytes of UTF-8 (halves of surrogate pairs among them), many of them nearly the same. */
export function hostileKeys (count: number, seed: number): string[] {
  const random = seeded(seed)
  const keys = new Set<string>()
  while (keys.size < count) {
    const length = 1 + Math.floor(random() * 8)
    const key = Array.from({ length }, () => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)] ?? '').join('')
    if (Buffer.byteLength(key) <= 1024) keys.add(key)
  }
  return [...keys]
}

/** A copy in another order. */
export function shuffled<T> (items: readonly T[], seed: number): T[] {
  const random = seeded(seed)
  return items.map((item) => ({ item, at: random() })).sort((a, b) => a.at - b.at).map(({ item }) => item)
}
