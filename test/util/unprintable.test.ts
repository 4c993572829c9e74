import t from 'tap'
import { printable, printableLines } from '../../src/util/unprintable.js'

const all = Array.from({ length: 0x110000 }, (_, i) => String.fromCodePoint(i))

t.test('what nobody sees, and what a terminal obeys', async (t) => {
  const invisible = [
    '\u0000', '\n', '\u001B', '\u007F', '\u0085', '\u009B', '\u00AD', '\u034F', '\u061C', '\u115F', '\u1160', '\u17B4',
    '\u180B', '\u180E', '\u200B', '\u200D', '\u200F', '\u2028',
    '\u2029', '\u202A', '\u202E', '\u2060', '\u2064', '\u2066', '\u2069', '\u206F', '\u2800', '\u3164', '\uD800',
    '\uFE0F', '\uFEFF', '\uFFA0', '\uFFF9'
  ]
  for (const character of invisible) {
    t.equal(printable(`a${character}b`), `a\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}b`)
  }
  t.equal(printable('inv\u{E0041}oice'), 'inv\\udb40\\udc41oice', 'a tag')
  t.equal(printable('\u{E0100}'), '\\udb40\\udd00', 'a selector of variations')
  t.equal(printable('👩‍💻❤️'), '👩\\u200d💻❤\\ufe0f', 'what joins and selects emoji')
  for (const text of ['', 'film é.mkv', '映画　一.mkv', 'фильм', 'שלום', 'हिन्दी', '🎬', 'a b']) {
    t.equal(printable(text), text)
  }
})

t.test('controls, formats and separators of lines: all that there are', async (t) => {
  for (const character of all.filter((character) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character))) {
    const shown = printable(character)
    if (!/^(\\u[0-9a-f]{4}){1,2}$/.test(shown) || JSON.parse(`"${shown}"`) !== character) t.fail(shown)
  }
})

t.test('lines stay lines where they are wanted', async (t) => {
  t.equal(printableLines('a\nb\r\u2028\u202E\n'), 'a\nb\\u000d\\u2028\\u202e\n')
})
