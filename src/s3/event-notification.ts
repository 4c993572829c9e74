/** A new object, as a bucket notification names it. */
export interface CreatedObject {
  readonly bucket: string
  /** What the key may be: decoded, and, because not every store encodes it (Ceph 16), as it was written. */
  readonly keys: readonly string[]
  readonly versionId?: string
}

interface EventRecord {
  readonly eventName?: unknown
  readonly s3?: { readonly bucket?: { readonly name?: unknown }, readonly object?: { readonly key?: unknown, readonly versionId?: unknown } }
}

/**
 * The new objects of an S3 event notification (`{"Records": […]}`, `s3:ObjectCreated:*`), in its order; what is about anything else is
 * left out. Keys are URL-encoded there, with `+` for a space, or not. An s3:TestEvent has none.
 * @throws SyntaxError for what is no notification
 */
export function createdObjects (document: unknown): CreatedObject[] {
  if (typeof document !== 'object' || document === null) throw new SyntaxError('An S3 event notification is a JSON object.')
  if ('Event' in document && document.Event === 's3:TestEvent') return []
  if (!('Records' in document) || !Array.isArray(document.Records)) throw new SyntaxError('An S3 event notification has Records.')
  return document.Records.flatMap((record: EventRecord | null) => {
    if (typeof record?.eventName !== 'string') throw new SyntaxError('A record has no eventName.')
    if (!/^(s3:)?ObjectCreated:/.test(record.eventName)) return []
    const { bucket, object } = record.s3 ?? {}
    const versionId = object?.versionId
    if (typeof bucket?.name !== 'string' || typeof object?.key !== 'string' || bucket.name === '' || object.key === '') throw new SyntaxError('A record names no bucket and key.')
    return { bucket: bucket.name, keys: keysOf(object.key), ...(typeof versionId === 'string' && versionId !== '' && { versionId }) }
  })
}

function keysOf (text: string): string[] {
  try {
    return [...new Set([decodeURIComponent(text.replaceAll('+', ' ')), text])]
  } catch {
    return [text]
  }
}
