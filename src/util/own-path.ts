import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'

const MAX_LINKS = 40

/** Somebody else's link or pipe, in the place of a file that is to be written. `path` is its own. */
export class PlantedFile extends Error {
  override name = 'PlantedFile'
  readonly path: string

  constructor (path: string) {
    super(`${path} is a link or a pipe that another user made`)
    this.path = path
  }
}

/**
 * Where the last part of a path leads, through links of this user's and of root's alone: one that another user has made
 * leads wherever they like, and a pipe of theirs to them. Not there is right, too.
 * @throws PlantedFile, what the file system says
 */
export function ownPath (path: string): string {
  let at = path
  for (let links = 0; links < MAX_LINKS; links++) {
    const stats = lstatSync(at, { throwIfNoEntry: false })
    if (stats === undefined || !(stats.isSymbolicLink() || stats.isFIFO())) return at
    if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) throw new PlantedFile(at)
    if (stats.isFIFO()) return at
    const target = readlinkSync(at)
    at = isAbsolute(target) ? target : `${dirname(at)}/${target}` // not join(): a directory before `..` may be a link
  }
  throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
}
