import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { readEtag } from '../../s3/etag.js'
import { utf8Order } from '../../util/utf8-order.js'
import { nameOf } from '../folder-listing.js'
import type { FolderEntry, FolderListing, FolderRequest } from '../folder-listing.js'
import { lastModifiedIn } from '../last-modified.js'
import type { ListedObject, Listing } from '../listing.js'
import { OriginUnavailable } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import type { S3Session } from './s3-session.js'

/** S3's own; a store that takes more makes pages of as many. */
const MAX_KEYS = 1_000

/** ListObjectsV2 of an S3-compatible endpoint; a page of at most a thousand keys is in memory at a time. */
export class S3Listing implements Listing, FolderListing {
  readonly #session: S3Session

  constructor (session: S3Session) {
    this.#session = session
  }

  async * list (
    bucket: string, prefix: string, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<ListedObject> {
    for await (const page of this.#pages({ Bucket: bucket, Prefix: prefix }, requester, signal)) yield * objectsOf(page)
  }

  async * listFolder (
    { bucket, prefix, after, wanted }: FolderRequest, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<FolderEntry> {
    const asked = {
      Bucket: bucket,
      Prefix: prefix,
      Delimiter: '/',
      MaxKeys: Math.min(Math.max(wanted, 1), MAX_KEYS),
      ...(after !== '' && { StartAfter: after })
    }
    for await (const page of this.#pages(asked, requester, signal)) {
      const folders = (page.CommonPrefixes ?? []).flatMap(
        ({ Prefix: folder }) => folder === undefined ? [] : [{ folder: keyIn(page, folder) }]
      )
      // Each is in order, and they go together.
      yield * [...objectsOf(page), ...folders].sort((a, b) => utf8Order(nameOf(a), nameOf(b)))
    }
  }

  async * #pages (
    asked: ListObjectsV2CommandInput, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined
    do {
      const page = await this.#page({ ...asked, ContinuationToken: token }, requester, signal)
      yield page
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined
      if (page.IsTruncated === true && (next === undefined || next === token)) {
        throw new OriginUnavailable('the origin does not go on with its listing')
      }
      token = next
    } while (token !== undefined)
  }

  #page (
    asked: ListObjectsV2CommandInput, given: Requester, abortSignal: AbortSignal
  ): Promise<ListObjectsV2CommandOutput> {
    const requester = this.#session.renewed(given)
    const { Bucket: bucket = '' } = asked
    return this.#session.ask(requester, { bucket }, () => this.#session.clientOf(requester).send(
      new ListObjectsV2Command({
        ...asked,
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

function * objectsOf (page: ListObjectsV2CommandOutput): Generator<ListedObject> {
  for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
    if (Key === undefined) continue
    yield {
      key: keyIn(page, Key),
      size: Size ?? 0,
      etag: readEtag(ETag) ?? '',
      lastModified: lastModifiedIn(LastModified),
      requestCharged: page.RequestCharged === 'requester'
    }
  }
}

// Escaped: XML holds no control characters.
function keyIn ({ EncodingType: encoding }: ListObjectsV2CommandOutput, key: string): string {
  if (encoding !== 'url') return key
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}
