import type { KeyPair } from '../credentials/key-pair.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Client, Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import type { Published } from './published.js'

/** What a request says about who asks, once its signature is verified. */
export interface Caller {
  /** Undefined: unsigned. */
  readonly keyPair: KeyPair | undefined
  readonly requestPayer: string | undefined
  readonly expectedBucketOwner: string | undefined
  readonly client: Client
}

/**
 * On whose behalf the origin is asked.
 * @throws S3Error AccessDenied for the unsigned where nobody anonymous may, InvalidArgument
 */
export function requesterFor (
  published: Published, object: ObjectAddress, { keyPair, requestPayer, expectedBucketOwner, client }: Caller
): Requester {
  const everybody = keyPair === undefined ? published.requester(object) : undefined
  if (keyPair === undefined && everybody === undefined) throw new S3Error('AccessDenied')
  if (expectedBucketOwner !== undefined && !/^[\x21-\x7E]+$/.test(expectedBucketOwner)) {
    throw new S3Error('InvalidArgument', {
      details: { ArgumentName: 'x-amz-expected-bucket-owner', ArgumentValue: expectedBucketOwner }
    })
  }
  return {
    keyPair: keyPair ?? everybody?.keyPair,
    // Nobody anonymous makes the server's own account pay.
    requestPayer: everybody?.keyPair === undefined && requestPayer?.toLowerCase() === 'requester',
    ...(expectedBucketOwner !== undefined && { expectedBucketOwner }),
    ...(everybody?.own === true && { own: true }),
    client
  }
}
