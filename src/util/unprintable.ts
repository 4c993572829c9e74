/**
 * The one list of characters that reach no terminal, no log line and no name under which a file is saved. It has what a
 * terminal obeys, what turns a line around on screen, and what nobody sees: controls, formats (bidi marks, zero-width
 * spaces and joiners, tags), what Unicode lets fonts leave out (Hangul fillers, variation selectors), separators of
 * lines, halves of surrogate pairs, and the Braille blank. Emoji are no exception with their joiners and selectors: two
 * names that look alike are to be told apart.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\u2800]/gu

/**
 * A text of strangers with what is unprintable shown instead, as `\u202e`; a character past U+FFFF is two of these, as
 * in JSON.
 */
export function printable (text: string): string {
  return text.replace(UNPRINTABLE, escaped)
}

/** The same of a text of several lines. */
export function printableLines (text: string): string {
  return text.replace(UNPRINTABLE, (character) => character === '\n' ? character : escaped(character))
}

/** The same for a file's name: with `_` in place of each. */
export function withoutUnprintable (text: string): string {
  return text.replace(UNPRINTABLE, '_')
}

function escaped (character: string): string {
  return Array.from(
    { length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  ).join('')
}
