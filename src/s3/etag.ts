const MAX_SPELLINGS = 10_000

/**
 * The one spelling of an entity tag (RFC 9110 §8.8.3), quotes included, whatever a store or a client makes of it:
 * `abc`, ` "abc" ` and `&quot;abc&quot;` are `"abc"`, `w/"abc"` is `W/"abc"`. A `"` inside is written `%22`, so that
 * nothing reads as a list. Undefined where the text tells no version from another: nothing at all, nothing between
 * quotes, a bare `*`.
 */
export function readEtag (text: string | undefined): string | undefined {
  const trimmed = (text ?? '').trim().replaceAll(/&quot;|&#34;/g, '"')
  const isWeak = /^w\/"/i.test(trimmed)
  const tag = isWeak ? trimmed.slice(2) : trimmed
  const isQuoted = tag.length > 1 && tag.startsWith('"') && tag.indexOf('"', 1) === tag.length - 1
  const opaque = isQuoted ? tag.slice(1, -1) : tag.replaceAll('"', '%22')

  const isNothing = opaque === '' || /^%22(%22)?$/.test(opaque) || (!isQuoted && tag === '*')
  if (isNothing || /[\u0000-\u0008\u000A-\u001F\u007F]/.test(opaque)) {
    return undefined
  }
  return `${isWeak ? 'W/' : ''}"${opaque}"`
}

/** RFC 9110 §8.8.1: different bytes may have the same weak ETag, and If-Match never matches one. */
export function isWeak (etag: string): boolean {
  return etag.startsWith('W/')
}

/**
 * What a store itself writes for ETags: a store that compares texts takes no other If-Match. Bounded; of what is
 * forgotten it is the common spelling.
 */
export class EtagSpellings {
  readonly #spellings = new Map<string, string>()

  /** Notes how a store wrote an ETag. @param etag the same, as readEtag reads it */
  note (text: string | undefined, etag = readEtag(text)): void {
    if (text === undefined || etag === undefined) return
    this.#spellings.delete(etag)
    if (text === etag) return
    this.#spellings.set(etag, text)
    if (this.#spellings.size > MAX_SPELLINGS) this.#spellings.delete(this.#spellings.keys().next().value ?? '')
  }

  of (etag: string): string {
    return this.#spellings.get(etag) ?? etag
  }
}
