import { constants, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { NotATorrent, readTorrentFile } from '../torrent/torrent-file.js'
import type { TorrentFile } from '../torrent/torrent-file.js'
import { printable } from '../util/unprintable.js'
import { CommandError } from './errors.js'
import { bytes } from './format.js'
import type { Surroundings } from './surroundings.js'

/** Of a metainfo file: three million pieces. */
const MAX_BYTES = 64 * 1024 * 1024

/** Reads a torrent from a file, or from standard input for `-`. @throws CommandError */
export async function loadTorrent (path: string, { stdin, signal }: Surroundings): Promise<TorrentFile> {
  const label = path === '-' ? 'standard input' : printable(path)
  try {
    return readTorrentFile(path === '-' ? await whole(stdin, label, signal) : await readFile(path, label, signal))
  } catch (error) {
    if (error instanceof NotATorrent) throw new CommandError(`${label} ${error.message}.`, { cause: error })
    if (error instanceof CommandError) throw error
    signal.throwIfAborted()
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new CommandError(code === 'ENOENT' ? `There is no file ${label}.` : `${label} cannot be read (${code}).`, { cause: error })
  }
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

function tooLarge (label: string): CommandError {
  return new CommandError(`${label} is larger than any torrent is read here (${bytes(MAX_BYTES)}).`)
}
