import { isUtf8 } from 'node:buffer'
import { cut, extensionOf, MAX_BYTES, shorten, withoutTail } from './file-name.js'

// What these lists change is in the paths, and so in the info hash of every prefix torrent: they stay as they are.
// Unicode's classes would grow with Node.
// Windows refuses these, Transmission writes them as `_`, libtorrent drops the backslash. A `#` ends the path of a URL
// that nobody escaped, which is how WebTorrent asks.
const RESERVED = String.raw`<>:"/\\|?*#`
// What util/unprintable.ts has: controls, separators of lines, formats, and what nobody sees. libtorrent drops the bidi
// marks and the joiners among them.
const INVISIBLE = String.raw`\uFE00-\uFE0F\u034F\u17B4\u17B5\u180B-\u180F\0-\x1F\x7F-\x9F\xAD\u0600-\u0605\u061C` +
  String.raw`\u06DD\u070F\u0890\u0891\u08E2\u115F\u1160\u200B-\u200F\u2028-\u202E\u2060-\u206F\u2800\u3164\uFEFF` +
  String.raw`\uFFA0\uFFF0-\uFFFB\u{110BD}\u{110CD}\u{13430}-\u{1343F}\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}` +
  String.raw`\u{E0000}-\u{E0FFF}`
// Halves of surrogate pairs: no UTF-8 has them.
const UNSAFE = new RegExp(String.raw`[${INVISIBLE}${RESERVED}\uD800-\uDFFF]`, 'gu')
const WINDOWS_DEVICE = /^(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\.|$)/i
const BROKEN_ESCAPE = /%(?![0-9A-F]{2})/gi
const ESCAPES = /(?:%[0-9A-F]{2})+/gi
// BitComet's pads: libtorrent takes every path with this in it for zeros, and asks nobody for them.
const BITCOMET_PAD = /(_____padding)_(?=file_)/gi

/**
 * One part of a key as one component of a path (BEP 3, BEP 52): never empty, `.` or `..`, 240 bytes of UTF-8 at most,
 * and such that every file system takes it and no client writes it in another way. What is harmless stays as it is.
 */
export function safeComponent (part: string): string {
  const name = fitting(part.replace(UNSAFE, '_').replace(/^ +/, ''))
  return withoutMisreadings(WINDOWS_DEVICE.test(name) ? fitting(`_${name}`) : name)
}

/** A safe component with a suffix of ASCII before its extension; a folder has none. */
export function suffixedComponent (component: string, suffix: string, isFolder: boolean): string {
  const found = isFolder ? '' : extensionOf(component)
  const extension = found === component ? '' : found
  const stem = component.slice(0, component.length - extension.length)
  const room = MAX_BYTES - Buffer.byteLength(suffix) - Buffer.byteLength(extension)
  return withoutMisreadings(`${cut(stem, room)}${suffix}${extension}`)
}

/**
 * What two components have in common that name one file somewhere: on Windows and macOS case and Unicode form do not
 * tell names apart, and WebTorrent does not tell `%41` from `A`.
 */
export function foldedComponent (component: string): string {
  const text = unescaped(component) ?? component
  if (/^[\0-\x7F]*$/.test(text)) return text.toUpperCase()
  // Upper case last, which has one sigma; lower case before it, for the letters that have no other way there.
  return text.normalize('NFD').toLowerCase().normalize('NFD').toUpperCase().normalize('NFD')
}

/**
 * What a server decodes where a client did not escape the text before it asked (WebTorrent). Undefined where that is no
 * request, because its escapes are broken.
 */
export function unescaped (text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function fitting (name: string): string {
  const fits = withoutTail(shorten(name))
  return fits === '' ? '_' : fits
}

// All keep the length in bytes. The pads come last, because an escape becomes the same character.
function withoutMisreadings (name: string): string {
  const escaped = name.includes('%') ? name.replace(BROKEN_ESCAPE, '_').replace(ESCAPES, decodable) : name
  return escaped.replace(BITCOMET_PAD, '$1-')
}

// An escape stays (`%3A` is how Hive and Spark write a `:`), unless nobody could ask for the file with it decoded, or
// would get another one: what is no UTF-8, controls, a slash, a dot segment, an escape of an escape.
function decodable (run: string): string {
  // By bytes: decodeURIComponent throws, and hundreds of errors take a millisecond.
  const bytes = Buffer.from(run.replaceAll('%', ''), 'hex')
  const isText = isUtf8(bytes) && !/[\0-\x1F\x7F-\x9F%./\\]/.test(bytes.toString())
  return isText ? run : run.replaceAll('%', '_')
}
