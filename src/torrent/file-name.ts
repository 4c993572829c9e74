import { withoutUnprintable } from '../util/unprintable.js'

const MAX_BYTES = 240
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

// By hand: /[. ]+$/ would begin anew at each of the dots and blanks that are not at the end.
function withoutTail (name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end--
  return name.slice(0, end)
}

// Keeps the extension, cuts between characters.
function shorten (name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  const extension = /\.[^.]{1,16}$/.exec(name)?.[0] ?? ''
  let room = MAX_BYTES - Buffer.byteLength(extension)
  let end = 0
  for (const character of name.slice(0, name.length - extension.length)) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    end += character.length
  }
  return name.slice(0, end) + extension
}
