/** A new object, as a bucket notification names it. */
export interface CreatedObject {
  readonly bucket: string
  /** What the key may be: decoded, and, because not every store encodes it (Ceph 16), as it was written. */
  readonly keys: readonly string[]
  readonly versionId?: string
}

interface EventRecord {
  readonly eventName?: unknown
  readonly s3?: {
    readonly bucket?: { readonly name?: unknown }
    readonly object?: { readonly key?: unknown, readonly versionId?: unknown }
  }
}

interface BridgeEvent {
  readonly 'detail-type': unknown
  readonly detail?: {
    readonly bucket?: { readonly name?: unknown }
    readonly object?: { readonly key?: unknown, readonly 'version-id'?: unknown }
  } | null
}

/**
 * `s3:ObjectCreated:Put`, with the `s3:` or without, and `ObjectCreated` alone; in Ceph an object that came from
 * another zone is new here too.
 */
const CREATED = /^(?:s3:)?(?:ObjectCreated(?::|$)|ObjectSynced:Create)/

/**
 * The new objects of a bucket notification, in its order; what is about anything else is left out. It is one of
 * - an S3 event notification, `{"Records": […]}`: keys are URL-encoded there, with `+` for a space, or not. An
 * s3:TestEvent has none; - one such record alone, or either of them as the `data` of a CloudEvent (CloudEvents 1.0,
 * "AWS S3 adapter"); - an event of Amazon EventBridge, "Object Created", whose key is as it is.
 * @throws SyntaxError for what is no notification
 */
export function createdObjects (document: unknown): CreatedObject[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new SyntaxError('An S3 event notification is a JSON object.')
  }
  if ('specversion' in document && 'data' in document) return createdObjects(withoutEnvelope(document.data))
  if ('Event' in document && document.Event === 's3:TestEvent') return []
  if ('detail-type' in document) return createdByBridge(document)
  if (isRecord(document)) return createdByRecord(document)
  if (!('Records' in document) || !Array.isArray(document.Records)) {
    throw new SyntaxError('An S3 event notification has Records.')
  }
  return (document.Records as Array<EventRecord | null>).flatMap((record) => createdByRecord(record))
}

// One CloudEvent is in no other: nothing is unpacked twice.
function withoutEnvelope (data: unknown): unknown {
  if (typeof data === 'object' && data !== null && 'specversion' in data) {
    throw new SyntaxError('The data of a CloudEvent is an S3 event notification.')
  }
  return data
}

function isRecord (document: object): document is EventRecord {
  return 'eventName' in document && 's3' in document
}

function createdByRecord (record: EventRecord | null): CreatedObject[] {
  if (typeof record?.eventName !== 'string') throw new SyntaxError('A record has no eventName.')
  if (!CREATED.test(record.eventName)) return []
  const { bucket, object } = record.s3 ?? {}
  return [createdObject(bucket?.name, object?.key, object?.versionId, keysOf)]
}

function createdByBridge ({ 'detail-type': type, detail }: BridgeEvent): CreatedObject[] {
  if (type !== 'Object Created') return []
  return [createdObject(detail?.bucket?.name, detail?.object?.key, detail?.object?.['version-id'], (key) => [key])]
}

function createdObject (
  bucket: unknown, key: unknown, versionId: unknown, keysOf: (key: string) => string[]
): CreatedObject {
  if (typeof bucket !== 'string' || typeof key !== 'string' || bucket === '' || key === '') {
    throw new SyntaxError('A record names no bucket and key.')
  }
  return { bucket, keys: keysOf(key), ...(typeof versionId === 'string' && versionId !== '' && { versionId }) }
}

function keysOf (text: string): string[] {
  try {
    return [...new Set([decodeURIComponent(text.replaceAll('+', ' ')), text])]
  } catch {
    return [text]
  }
}
