import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { readEtag } from '../../s3/etag.js'
import { OriginUnavailable } from '../origin.js'
import type { Requester } from '../origin.js'
import type { ListedObject, Listing } from '../listing.js'
import { S3Clients } from './s3-clients.js'
import { asOriginError } from './s3-refusal.js'
import type { S3RequestsOptions } from './s3-requests.js'

/** A thousand of the longest keys, escaped. */
const PAGE_BYTES = 4 * 1024 * 1024

/** ListObjectsV2 of an S3-compatible endpoint. Whoever makes it closes it. */
export class S3Listing implements Listing {
  readonly #clients: S3Clients
  readonly #requester: Requester

  constructor (options: S3RequestsOptions, requester: Requester) {
    this.#clients = new S3Clients(options, PAGE_BYTES)
    this.#requester = requester
  }

  async * objects (bucket: string, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
    let token: string | undefined
    do {
      const page = await this.#page(bucket, prefix, token, signal)
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        // Escaped: XML holds no control characters.
        if (Key !== undefined) {
          yield { key: page.EncodingType === 'url' ? decoded(Key) : Key, size: Size ?? 0, etag: readEtag(ETag) ?? '' }
        }
      }
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined
      if (page.IsTruncated === true && (next === undefined || next === token)) {
        throw new OriginUnavailable('the origin does not go on with its listing')
      }
      token = next
    } while (token !== undefined)
  }

  close (): void {
    this.#clients.close()
  }

  async #page (bucket: string, prefix: string, token: string | undefined, signal: AbortSignal) {
    const { keyPair, requestPayer } = this.#requester
    try {
      return await this.#clients.of(keyPair).send(new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ContinuationToken: token,
        EncodingType: 'url',
        RequestPayer: requestPayer
          ? 'requester'
          : undefined
      }), { abortSignal: signal })
    } catch (error) {
      signal.throwIfAborted()
      throw asOriginError(error)
    }
  }
}

function decoded (key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
