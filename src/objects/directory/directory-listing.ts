import type { Dir } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { DirectoryOrigin } from './directory-origin.js'
import { OriginRefusal, OriginUnavailable } from '../origin.js'
import type { ListedObject, Listing } from '../listing.js'

const NOBODY = { keyPair: undefined, requestPayer: false }

/** The files that a directory origin has as objects. */
export class DirectoryListing implements Listing {
  readonly #root: string
  readonly #origin: DirectoryOrigin

  constructor (root: string) {
    this.#root = root
    this.#origin = new DirectoryOrigin(root)
  }

  async * objects (bucket: string, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
    await this.#origin.headBucket(bucket)
    for await (const key of this.#keys(bucket, '', prefix, signal)) {
      try {
        const { size, etag } = await this.#origin.head({ bucket, key }, NOBODY, signal)
        yield { key, size, etag }
      } catch (error) {
        // A socket, a link that leads nowhere or out.
        if (!(error instanceof OriginRefusal && error.code === 'NoSuchKey')) throw error
      }
    }
  }

  close (): void {}

  // Links to directories are not followed: they may lead in a circle.
  async * #keys (bucket: string, below: string, prefix: string, signal: AbortSignal): AsyncGenerator<string> {
    for await (const entry of await opened(join(this.#root, bucket, below))) {
      signal.throwIfAborted()
      const key = below + entry.name
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) {
          yield * this.#keys(bucket, `${key}/`, prefix, signal)
        }
      } else if (key.startsWith(prefix)) yield key
    }
  }
}

async function opened (path: string): Promise<Dir> {
  try {
    return await opendir(path)
  } catch (cause) {
    throw new OriginUnavailable(`the directory ${path} cannot be read`, { cause })
  }
}
