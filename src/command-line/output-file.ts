import { access, constants, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { printable } from '../util/unprintable.js'
import { CommandError } from './errors.js'

/** Where a file is to be written, known to be possible as far as that can be known. */
export interface OutputFile {
  readonly path: string
  /** Whole or not at all; one that is there is replaced, as aws-cli does. @throws CommandError */
  write (content: Buffer): Promise<void>
}

/** @param path of a file, or of a directory, in which it is `name` @throws CommandError */
export async function outputFile (path: string, name: string): Promise<OutputFile> {
  try {
    const there = await stat(path).catch(missing)
    if (there?.isDirectory()) return await outputFile(join(path, name), name)
    if (there !== undefined && !there.isFile()) return { path, write: (content) => saying(path, () => writeFile(path, content)) } // /dev/null, a pipe
    const real = there === undefined ? path : await realpath(path)
    await access(dirname(real), constants.W_OK | constants.X_OK)
    return { path, write: (content) => saying(path, () => replace(real, content)) }
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

async function replace (path: string, content: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}`)
  try {
    await using file = await open(temporary, 'w')
    await file.writeFile(content)
    await file.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
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
  return new CommandError(`${printable(path)} cannot be written (${(cause as NodeJS.ErrnoException).code}); -o names another file.`, { cause })
}

function missing (error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
