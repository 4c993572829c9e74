import { withoutUnprintable } from '../util/unprintable.js'

/** Of a name: libtorrent cuts what is longer, and file systems end at 255. */
export const MAX_BYTES = 240
// The name is in the info dictionary, and so in the info hash: this list stays as it was when the first torrent was
// issued, and leaves characters that util/unprintable.ts has. A downloaded file's name is made without them below.
// What some client's file system or metainfo loader refuses, or turns around on screen: controls, Windows' reserved
// characters, bidi marks.
const UNSAFE = /[\u0000-\u001F\u007F-\u009F<>:"/\\|?*\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g
const WINDOWS_DEVICE = /^(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\.|$)/i

/**
 * The file name that a client may save an object as: the last part of its key, made safe on every system, 240 bytes at
 * most.
 */
export function fileNameOf (key: string): string {
  const last = key.split('/').findLast((part) => part !== '') ?? ''
  const safe = withoutTail(last.replace(UNSAFE, '_')).replace(/^ +/, '')
  const name = safe === '' ? 'object' : WINDOWS_DEVICE.test(safe) ? `_${safe}` : safe
  return shorten(name)
}

/** What the .torrent itself is saved as, of a torrent with this name. */
export function torrentFileName (name: string): string {
  return `${withoutUnprintable(name)}.torrent`
}

/** Without the dots and blanks at the end, which Windows and some clients drop. */
// By hand: /[. ]+$/ would begin anew at each of the dots and blanks that are not at the end.
export function withoutTail (name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end--
  return name.slice(0, end)
}

/** 240 bytes at most. Keeps the extension, cuts between characters. */
export function shorten (name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  const extension = extensionOf(name)
  return cut(name.slice(0, name.length - extension.length), MAX_BYTES - Buffer.byteLength(extension)) + extension
}

/** `.mkv`; empty where there is none. */
export function extensionOf (name: string): string {
  return /\.[^.]{1,16}$/.exec(name)?.[0] ?? ''
}

/** As many whole characters as fit. @param room in bytes */
export function cut (text: string, room: number): string {
  let end = 0
  for (const character of text) {
    room -= bytesOf(character.codePointAt(0) ?? 0)
    if (room < 0) break
    end += character.length
  }
  return text.slice(0, end)
}

// Of a code point in UTF-8. Buffer.byteLength a character at a time is most of what a long name costs.
function bytesOf (codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}
