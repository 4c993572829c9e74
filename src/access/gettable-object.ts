import type { ObjectAddress } from '../s3/object-address.js'
import type { ObjectHead, Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'

/**
 * Asks for a byte where HEAD does not tell whether the requester may GET: of an object under a KMS key, HeadObject
 * needs no right to decrypt. What others have hashed is only for those who could have read it.
 * @throws as origin.read
 */
export async function assertGettable (
  origin: Objects, object: ObjectAddress, requester: Requester, { etag, size, headers }: ObjectHead, signal: AbortSignal
): Promise<void> {
  if (size === 0 || !(headers['x-amz-server-side-encryption'] ?? '').startsWith('aws:kms')) return
  const { body } = await origin.read(
    object, requester, { ifMatch: etag, range: { first: 0, last: 0 }, probe: true }, signal
  )
  body.destroy()
}
