import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { readEtag } from '../../s3/etag.js'
import { lastModifiedIn } from '../last-modified.js'
import type { ListedObject, Listing } from '../listing.js'
import { OriginUnavailable } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import type { S3Session } from './s3-session.js'

/** ListObjectsV2 of an S3-compatible endpoint; a page of at most a thousand keys is in memory at a time. */
export class S3Listing implements Listing {
  readonly #session: S3Session

  constructor (session: S3Session) {
    this.#session = session
  }

  async * list (
    bucket: string, prefix: string, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<ListedObject> {
    let token: string | undefined
    do {
      const page = await this.#page(bucket, prefix, token, requester, signal)
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue
        yield {
          // Escaped: XML holds no control characters.
          key: page.EncodingType === 'url' ? decoded(Key) : Key,
          size: Size ?? 0,
          etag: readEtag(ETag) ?? '',
          lastModified: lastModifiedIn(LastModified),
          requestCharged: page.RequestCharged === 'requester'
        }
      }
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined
      if (page.IsTruncated === true && (next === undefined || next === token)) {
        throw new OriginUnavailable('the origin does not go on with its listing')
      }
      token = next
    } while (token !== undefined)
  }

  #page (bucket: string, prefix: string, token: string | undefined, given: Requester, abortSignal: AbortSignal) {
    const requester = this.#session.renewed(given)
    return this.#session.ask(requester, { bucket }, () => this.#session.clientOf(requester).send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ContinuationToken: token,
        EncodingType: 'url',
        RequestPayer: requester.requestPayer ? 'requester' : undefined,
        ExpectedBucketOwner: requester.expectedBucketOwner
      }), { abortSignal }
    )).catch((error: unknown) => {
      abortSignal.throwIfAborted()
      throw error
    })
  }
}

function decoded (key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
