import { httpDate } from '../util/http-date.js'

/** The state of a representation: its strong ETag with quotes, and when it changed. */
export interface Validators { readonly etag: string, readonly lastModified: Date }

/** The conditional headers of a request, as sent. */
export interface Preconditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
}

/** Which answer the preconditions demand, in the order of RFC 9110 §13.2.2. */
export function evaluate (preconditions: Preconditions, { etag, lastModified }: Validators): 'proceed' | 'not modified' | 'failed' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = preconditions
  const seconds = Math.floor(lastModified.getTime() / 1000)
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, etag, 'strong')) return 'failed'
  } else if (secondsOf(ifUnmodifiedSince) !== undefined && seconds > Number(secondsOf(ifUnmodifiedSince))) return 'failed'
  if (ifNoneMatch !== undefined) return lists(ifNoneMatch, etag, 'weak') ? 'not modified' : 'proceed'
  const since = secondsOf(ifModifiedSince)
  return since !== undefined && seconds <= since ? 'not modified' : 'proceed'
}

/** Whether a ranged answer may be given: RFC 9110 §13.1.5, strong comparison. */
export function ifRangeHolds (ifRange: string, { etag, lastModified }: Validators): boolean {
  if (ifRange.includes('"')) return ifRange.trim() === etag
  return secondsOf(ifRange) === Math.floor(lastModified.getTime() / 1000)
}

// S3 clients send ETags without quotes too.
function lists (header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  const wanted = bare(etag, comparison)
  return header.trim() === '*' || header.split(',').some((tag) => bare(tag, comparison) === wanted)
}

function bare (text: string, comparison: 'strong' | 'weak'): string {
  const trimmed = text.trim()
  const tag = comparison === 'weak' && trimmed.startsWith('W/') ? trimmed.slice(2) : trimmed
  return tag.length > 1 && tag.startsWith('"') && tag.endsWith('"') ? tag.slice(1, -1) : tag
}

// RFC 9110 §13.1.3: a date that does not parse is no precondition.
function secondsOf (date: string | undefined): number | undefined {
  const instant = date === undefined ? undefined : httpDate(date)
  return instant && instant.getTime() / 1000
}
