import { parseContentRange, totalOf } from '../../s3/byte-range.js'
import { isWeak, readEtag } from '../../s3/etag.js'
import { lastModifiedOf } from '../last-modified.js'
import type { ObjectHead, ObjectRead } from '../objects.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'
import type { RefusalCode } from '../origin-errors.js'
import type { FollowedAnswer } from '../transport/followed-get.js'

// Otherwise than S3: 410 is gone, and 400 and 405 are said of the request, which is this server's own.
const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  410: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'SlowDown'
}

type Head = Pick<FollowedAnswer, 'status' | 'headers'>

/** @throws OriginRefusal, OriginUnavailable */
export function assertOk ({ status }: Head): void {
  const code = BY_STATUS[status]
  if (code !== undefined) throw new OriginRefusal(code)
  if (status !== 200 && status !== 206) throw new OriginUnavailable(`the server answered ${status}`)
}

/** The head that an answer of a web server gives. @throws OriginUnavailable */
export function described ({ status, headers }: Head): ObjectHead {
  const etag = readEtag(headers['etag'])
  const size = status === 206 ? totalOf(headers['content-range']) : headers['content-length']
  if (status !== 416 && (size ?? '') === '') {
    throw new OriginUnavailable('the server does not say how many bytes there are')
  }
  const encoding = headers['content-encoding']
  return {
    size: Number(size),
    etag: etag === undefined || isWeak(etag) ? '' : etag,
    lastModified: lastModifiedOf(headers),
    requestCharged: false,
    headers: { ...(encoding !== undefined && { 'content-encoding': encoding }) }
  }
}

/** @throws OriginUnavailable */
export function partOf ({ status, headers }: Head): ObjectRead['part'] {
  if (status === 200) return 'whole'
  const part = parseContentRange(headers['content-range'] ?? '')
  if (part === undefined) throw new OriginUnavailable('the server answered a part without a Content-Range')
  return part
}
