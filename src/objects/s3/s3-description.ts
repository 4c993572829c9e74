import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { totalOf } from '../../s3/byte-range.js'
import { readEtag } from '../../s3/etag.js'
import { lastModifiedOf } from '../last-modified.js'
import type { ObjectHead } from '../objects.js'
import { NoEtag, OriginUnavailable } from '../origin-errors.js'

/**
 * The head that an answer to HeadObject or GetObject gives.
 * @param headers those of the answer, lower-case names
 * @throws OriginUnavailable, NoEtag
 */
export function describe (
  { ContentLength: length, RequestCharged }: Pick<GetObjectCommandOutput, 'ContentLength' | 'RequestCharged'>,
  headers: Readonly<Record<string, string>>
): ObjectHead {
  const etag = readEtag(headers['etag'])
  const lastModified = lastModifiedOf(headers)
  if (etag === undefined) {
    throw lastModified === undefined
      ? new OriginUnavailable('the origin answered with neither ETag nor Last-Modified')
      : new NoEtag()
  }
  if (length === undefined) throw new OriginUnavailable('the origin does not say how long the object is')
  return {
    size: totalOf(headers['content-range']) ?? length,
    etag,
    lastModified,
    requestCharged: RequestCharged === 'requester',
    headers
  }
}
