import { readEtag } from '../../s3/etag.js'
import { WorkerReadFailed } from '../worker-read.js'
import type { RangeRequest } from '../worker-read.js'

/**
 * Whether the head of an answer is the one that was asked for.
 * @returns whether the connection stays open
 * @throws WorkerReadFailed
 */
export function assertAnswer (
  head: string, { first, last, size, etag, contentEncoding = 'identity' }: RangeRequest
): boolean {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? []
  if (status !== undefined && /^(429|5\d\d)$/.test(status)) throw new WorkerReadFailed('busy', `status ${status}`)
  if (status !== '206') throw new WorkerReadFailed('unexpected', `status ${status ?? statusLine.slice(0, 40)}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon < 1 || (headers.has(name) && [
      'content-length', 'content-range', 'etag', 'transfer-encoding', 'content-encoding'
    ].includes(name))) {
      throw new WorkerReadFailed('unexpected', 'a malformed head')
    }
    headers.set(name, line.slice(colon + 1).trim())
  }
  const expected = { 'content-range': `bytes ${first}-${last}/${size}`, 'content-length': String(last - first + 1) }
  for (const [name, value] of Object.entries(expected)) {
    if (headers.get(name) !== value) {
      throw new WorkerReadFailed('unexpected', `${name}: ${headers.get(name)} instead of ${value}`)
    }
  }
  if (readEtag(headers.get('etag')) !== etag) {
    throw new WorkerReadFailed('unexpected', `etag: ${headers.get('etag')} instead of ${etag}`)
  }
  if (headers.has('transfer-encoding') && headers.get('transfer-encoding') !== 'identity') {
    throw new WorkerReadFailed('unexpected', `transfer-encoding: ${headers.get('transfer-encoding')}`)
  }
  // A coding that the whole object was said to have is how it is stored (RFC 9110 §14.1: ranges are of the coded
  // bytes); another one was put on now.
  const coding = headers.get('content-encoding') ?? 'identity'
  if (coding !== contentEncoding) {
    throw new WorkerReadFailed('unexpected', `content-encoding: ${coding} instead of ${contentEncoding}`)
  }
  return minor === '1' && headers.get('connection')?.toLowerCase() !== 'close'
}
