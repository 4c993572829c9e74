import { isWeak, readEtag } from './etag.js'
import { httpDate } from '../util/http-date.js'

/** The state of a representation: its ETag (see readEtag), and when it changed, where that is known. */
export interface Validators { readonly etag: string, readonly lastModified: Date | undefined }

/** The conditional headers of a request, as sent. */
export interface Preconditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
}

/** Which answer the preconditions demand, in the order of RFC 9110 §13.2.2. */
export function evaluate (preconditions: Preconditions, { etag, lastModified }: Validators):
  | 'proceed'
  | 'not modified'
  | 'failed' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = preconditions
  const changed = lastModified && wholeSeconds(lastModified)
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, etag, 'strong')) return 'failed'
  } else if (isAfter(changed, secondsOf(ifUnmodifiedSince))) return 'failed'
  if (ifNoneMatch !== undefined) return lists(ifNoneMatch, etag, 'weak') ? 'not modified' : 'proceed'
  const since = secondsOf(ifModifiedSince)
  return since !== undefined && changed !== undefined && changed <= since ? 'not modified' : 'proceed'
}

/** Whether a ranged answer may be given: RFC 9110 §13.1.5, strong comparison. */
export function ifRangeHolds (ifRange: string, { etag, lastModified }: Validators): boolean {
  const date = secondsOf(ifRange)
  if (date === undefined) return ifRange.includes('"') && !isWeak(etag) && readEtag(ifRange) === etag
  return lastModified !== undefined && date === wholeSeconds(lastModified)
}

// S3 clients send ETags without quotes too. What looks like a list may be one odd ETag.
function lists (header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true
  if (comparison === 'strong' && isWeak(etag)) return false
  const opaque = (tag: string | undefined): string | undefined => comparison === 'weak' && tag !== undefined && isWeak(
    tag
  )
    ? tag.slice(2)
    : tag
  const wanted = opaque(etag)
  const part = longestOf((wanted ?? '').slice(1, -1).split('%22'))
  if (!header.includes(part)) return false // most of all requests, however many tags they list
  return [header, ...header.match(/(?:W\/)?"[^"]*"(?=\s*(?:,|$))|[^,]+/gi) ?? []].some(
    (tag) => tag.includes(part) && opaque(readEtag(tag)) === wanted
  )
}

function longestOf (texts: readonly string[]): string {
  return texts.reduce((longest, text) => text.length > longest.length ? text : longest, '')
}

function isAfter (changed: number | undefined, date: number | undefined): boolean {
  return changed !== undefined && date !== undefined && changed > date
}

function wholeSeconds (date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

// RFC 9110 §13.1.3: a date that does not parse is no precondition.
function secondsOf (date: string | undefined): number | undefined {
  const instant = date === undefined ? undefined : httpDate(date)
  return instant && instant.getTime() / 1000
}
