import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { NotAMagnetLink, isMagnetLink, readMagnetLink } from '../torrent/magnet-link.js'
import type { MagnetLink } from '../torrent/magnet-link.js'
import { NotATorrent } from '../torrent/not-a-torrent.js'
import { readTorrentFile } from '../torrent/torrent-file.js'
import type { TorrentFile } from '../torrent/torrent-file.js'
import { printable } from '../util/unprintable.js'
import type { CommandContext } from './context.js'
import { CommandError, UsageError } from './errors.js'
import { bytes } from './format.js'
import { pageOf } from './page.js'

/** Of a metainfo file: three million pieces. */
const MAX_BYTES = 64 * 1024 * 1024
/** What can be a magnet link, or an error's document, is no longer. */
const MAX_TEXT_BYTES = 1024 * 1024
const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** Where somebody says that a torrent is, and what is there. */
interface Input {
  readonly label: string
  readonly bytes: Buffer
}

/** Reads a torrent from a file, an http(s) URL, or standard input for `-`. @throws CommandError */
export async function loadTorrent (place: string, context: CommandContext): Promise<TorrentFile> {
  const found = await loadTorrentOrMagnet(place, context)
  if ('pieceLength' in found) return found
  throw new UsageError(
    'A magnet link names a torrent and holds none of its hashes; give the .torrent itself, which a client has once ' +
    'it has peers (aria2c --bt-metadata-only --bt-save-metadata).'
  )
}

/** The same, or a magnet link: as it is, or in what is read. @throws CommandError */
export async function loadTorrentOrMagnet (place: string, context: CommandContext): Promise<TorrentFile | MagnetLink> {
  if (isMagnetLink(place)) return magnetLinkOf(place)
  const { label, bytes } = await inputOf(place, context)
  try {
    return readTorrentFile(unzipped(bytes, label))
  } catch (error) {
    if (!(error instanceof NotATorrent)) throw error
    const text = bytes.toString('utf8', 0, MAX_TEXT_BYTES)
    if (isMagnetLink(text)) return magnetLinkOf(text)
    const s3 = await s3ErrorOf(text)
    if (s3 !== undefined) throw new CommandError(`${label} is no torrent: it is an S3 error, ${s3}.`, { cause: error })
    const page = pageOf('', bytes)
    throw new CommandError(page === undefined
      ? `${label} ${error.message}.`
      : `${label} is no torrent: it is ${page}.`, {
      cause: error
    })
  }
}

function magnetLinkOf (text: string): MagnetLink {
  try {
    return readMagnetLink(text)
  } catch (error) {
    throw error instanceof NotAMagnetLink
      ? new CommandError(`The magnet link ${error.message}.`, { cause: error })
      : error
  }
}

async function inputOf (place: string, context: CommandContext): Promise<Input> {
  if (/^https?:\/\//i.test(place)) return await urlInput(place, context)
  const { signal } = context
  const label = place === '-' ? 'standard input' : printable(place)
  try {
    const bytes = place === '-' ? whole(context.stdin, label, signal) : readFile(place, label, signal)
    return { label, bytes: await bytes }
  } catch (error) {
    if (error instanceof CommandError) throw error
    signal.throwIfAborted()
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const otherwise = URL_SCHEME.test(place) ? '; a torrent is a file, an http(s) URL, or - for standard input' : ''
    throw new CommandError(
      code === 'ENOENT' || code === 'ENAMETOOLONG'
        ? `There is no file ${label}${otherwise}.`
        : `${label} cannot be read (${code}).`,
      { cause: error }
    )
  }
}

async function urlInput (text: string, context: CommandContext): Promise<Input> {
  // An HTTP client takes longer to load than a file to read.
  const { downloadTorrent } = await import('./torrent-url.js')
  const { label, bytes, whole } = await downloadTorrent(text, MAX_BYTES, context)
  if (!whole) throw tooLarge(label)
  return { label, bytes }
}

async function readFile (path: string, label: string, signal: AbortSignal): Promise<Buffer> {
  await using file: FileHandle = await open(path, constants.O_RDONLY)
  const stats = await file.stat()
  if (stats.isDirectory()) throw new CommandError(`${label} is a directory; name a .torrent file.`)
  if (stats.size > MAX_BYTES) throw tooLarge(label)
  return await whole(file.createReadStream({ autoClose: false, signal }), label, signal)
}

async function whole (stream: AsyncIterable<string | Buffer>, label: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    signal.throwIfAborted()
    size += chunk.length
    if (size > MAX_BYTES) throw tooLarge(label)
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

// Sites kept torrents compressed, and some servers send nothing else.
function unzipped (bytes: Buffer, label: string): Buffer {
  if (bytes[0] !== 0x1F || bytes[1] !== 0x8B) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(label)
    throw new CommandError(`${label} is compressed (gzip) and damaged.`, { cause: error })
  }
}

/** `Access Denied (AccessDenied)`; undefined for another document. */
async function s3ErrorOf (text: string): Promise<string | undefined> {
  if (!/^\s*<(\?xml|Error)/.test(text.replace(/^\uFEFF/, ''))) return undefined
  const { readErrorXml } = await import('../s3/error-xml.js')
  const error = readErrorXml(text)
  return error && printable(`"${error.message}" (${error.code})`)
}

function tooLarge (label: string): CommandError {
  return new CommandError(`${label} is larger than any torrent is read here (${bytes(MAX_BYTES)}).`)
}
