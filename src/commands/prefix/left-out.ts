import { keysOf } from '../../objects/directory/directory-keys.js'
import type { DirectoryOrigin } from '../../objects/directory/directory-origin.js'
import type { Requester } from '../../objects/requester.js'
import { isAddressable } from '../../s3/addressable-key.js'

const NOBODY: Requester = { keyPair: undefined, requestPayer: false }

/**
 * What is in a directory and is none of its objects, each in a sentence: sockets and pipes, links that lead nowhere, to
 * a folder or out of the directory, and names that no key can be.
 * @throws OriginUnavailable, the signal's reason
 */
export async function * leftOutOf (
  origin: DirectoryOrigin, labelOf: (key: string) => string, has: (key: string) => boolean, signal: AbortSignal
): AsyncGenerator<string> {
  for await (const key of keysOf(origin.name, '', signal)) {
    if (has(key)) continue
    if (!isAddressable(key)) {
      yield `${labelOf(key)} is left out: its name is longer than a key may be, or no Unicode`
    } else if (!await isFile(origin, key, signal)) { // else it has come meanwhile
      yield `${labelOf(key)} is left out: it is no file, or a link that leads nowhere, to a folder, or out of this one`
    }
  }
}

function isFile (origin: DirectoryOrigin, key: string, signal: AbortSignal): Promise<boolean> {
  return origin.head({ bucket: '.', key }, NOBODY, signal).then(() => true, () => false)
}
