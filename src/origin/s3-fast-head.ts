import type { BoundedHttpHandler } from './bounded-http-handler.js'
import type { ObjectAddress, ObjectHead, Requester } from './origin.js'
import type { S3Requests } from './s3-requests.js'

/**
 * HeadObject in one try. Whatever is not 200 with all that a head needs is for the SDK, which knows retries and errors.
 * @returns the head, or the status of another answer; undefined where there was none
 */
export async function fastHead (requests: S3Requests, handler: BoundedHttpHandler, object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<ObjectHead | number | undefined> {
  try {
    const request = await requests.signed('HEAD', object, requester)
    const { response } = await handler.handle(request as Parameters<BoundedHttpHandler['handle']>[0], { abortSignal: signal })
    const { statusCode, headers } = response
    const { etag, 'last-modified': modified = '', 'content-length': length = '' } = headers
    const lastModified = new Date(modified)
    if (statusCode !== 200 || etag === undefined || etag === '' || !/^\d+$/.test(length) || Number.isNaN(lastModified.getTime())) return statusCode
    return { size: Number(length), etag, lastModified, requestCharged: headers['x-amz-request-charged'] === 'requester', headers }
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
