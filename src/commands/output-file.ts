import { randomBytes } from 'node:crypto'
import { access, constants, lstat, open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlantedFile, ownPath } from '../util/own-path.js'
import { printable } from '../util/unprintable.js'
import { CommandError } from './errors.js'

/** Where a file is to be written, known to be possible as far as that can be known. */
export interface OutputFile {
  readonly path: string
  /** Whole or not at all; one that is there is replaced, as aws-cli does. @throws CommandError */
  write (content: Buffer): Promise<void>
}

/**
 * Links are followed, and pipes written to, where this user or root has made them: others may be able to write to the
 * directory.
 * @param path of a file, or of a directory, in which it is `name`
 * @throws CommandError
 */
export async function outputFile (path: string, name: string): Promise<OutputFile> {
  try {
    const real = ownPath(path)
    // /dev/stdout leads to what has no name.
    const there = await lstat(real).catch(missing) ?? await stat(path).catch(missing)
    if (there?.isDirectory()) return await outputFile(join(real, name), name)
    // /dev/null, a pipe.
    if (there !== undefined && !there.isFile()) {
      return { path, write: (content) => saying(path, () => pour(path, content)) }
    }
    await access(dirname(real), constants.W_OK | constants.X_OK)
    return { path, write: (content) => saying(path, () => replace(real, content)) }
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

// O_EXCL and rename() follow no link: what is put there meanwhile is not written to.
async function replace (path: string, content: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.object-torrent-${randomBytes(8).toString('hex')}`)
  await using file = await open(temporary, 'wx')
  try {
    await file.writeFile(content)
    await file.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

// Neither made nor cut: a file that is there now was put there meanwhile.
async function pour (path: string, content: Buffer): Promise<void> {
  await using file: FileHandle = await open(path, constants.O_WRONLY)
  if ((await file.stat()).isFile()) throw new PlantedFile(path)
  await file.writeFile(content)
}

async function saying (path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function cannotWrite (path: string, cause: unknown): Error {
  if (cause instanceof CommandError) return cause
  if (cause instanceof PlantedFile) {
    return new CommandError(
      `${printable(cause.path)} is a link or a pipe that another user made, and is not written to; remove it, or ` +
      '-o names another file.',
      { cause }
    )
  }
  return new CommandError(
    `${printable(path)} cannot be written (${(cause as NodeJS.ErrnoException).code}); -o names another file.`, { cause }
  )
}

function missing (error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
