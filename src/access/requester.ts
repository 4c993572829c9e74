import type { KeyPair } from '../credentials/key-pair.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Client, Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import type { PublicAccess } from './public-access.js'

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
  access: PublicAccess, object: ObjectAddress, { keyPair, requestPayer, expectedBucketOwner, client }: Caller
): Requester {
  const anonymous = keyPair === undefined ? access.anonymousRequester(object) : undefined
  if (keyPair === undefined && anonymous === undefined) throw new S3Error('AccessDenied')
  if (expectedBucketOwner !== undefined && !/^[\x21-\x7E]+$/.test(expectedBucketOwner)) {
    throw invalidArgument('x-amz-expected-bucket-owner', { value: expectedBucketOwner })
  }
  return {
    keyPair: keyPair ?? anonymous?.keyPair,
    // Nobody anonymous makes the server's own account pay.
    requestPayer: anonymous?.keyPair === undefined && requestPayer?.toLowerCase() === 'requester',
    ...(expectedBucketOwner !== undefined && { expectedBucketOwner }),
    ...(anonymous?.own === true && { own: true }),
    client
  }
}

/**
 * On whose behalf the origin is asked which keys there are. `--public` publishes what is under its keys, and not the
 * keys: those may be all that keeps an object from strangers.
 * @throws S3Error AccessDenied for the unsigned where nobody anonymous may
 */
export function listerFor (access: PublicAccess, requester: Requester): Requester {
  if (requester.own !== true) return requester
  const { unsigned } = access
  if (unsigned === undefined) throw new S3Error('AccessDenied')
  const { own: _, ...others } = requester
  return { ...others, ...unsigned }
}
