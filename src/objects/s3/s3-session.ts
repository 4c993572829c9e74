import type { S3Client } from '@aws-sdk/client-s3'
import type { KeyPair } from '../../credentials/key-pair.js'
import type { BucketOrObject, ObjectAddress } from '../../s3/object-address.js'
import { isVerdict } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import { OwnKeyPairEnded, OwnKeyPairRefused } from './own-key-pair.js'
import type { OwnKeyPairState } from './own-key-pair.js'
import { S3Clients } from './s3-clients.js'
import { asOriginErrorFor } from './s3-refusal.js'
import type { S3RequestsOptions } from './s3-requests.js'

export interface S3SessionOptions extends S3RequestsOptions {
  /**
   * What requesters that are `own` sign with; also asked for the owner of a bucket that the requester may not ask
   * about. Read for every request.
   */
  readonly ownKeyPair: KeyPair | undefined
  /** It may not be used anymore. */
  readonly ownKeyPairHasEnded?: boolean
  /** Told what the origin thinks of the key pair of requesters that are `own`. */
  readonly ownKeyPairState?: OwnKeyPairState
}

/** The SDK's clients of one endpoint by requester, and the contract's errors for what they throw. */
export class S3Session {
  readonly #options: S3SessionOptions
  readonly #clients: S3Clients

  constructor (options: S3SessionOptions) {
    this.#options = options
    this.#clients = new S3Clients(options)
  }

  /** The server's own key pair; undefined where there is none that may be used. */
  get ownKeyPair (): KeyPair | undefined {
    const { ownKeyPair, ownKeyPairHasEnded = false } = this.#options
    return ownKeyPairHasEnded ? undefined : ownKeyPair
  }

  /**
   * The requester with the key pair of now: a job, or a swarm, may go on for longer than the pair that it began with.
   * @throws OwnKeyPairEnded
   */
  renewed (requester: Requester): Requester {
    const { ownKeyPair, ownKeyPairHasEnded = false, ownKeyPairState } = this.#options
    if (requester.own !== true || requester.keyPair === undefined || ownKeyPair === undefined) return requester
    if (!ownKeyPairHasEnded) return { ...requester, keyPair: ownKeyPair }
    const ended = new OwnKeyPairEnded()
    ownKeyPairState?.refuse(ended)
    throw ended
  }

  clientOf ({ keyPair, own }: Requester): S3Client {
    return this.#clients.of(keyPair, own === true && keyPair !== undefined)
  }

  /** The headers that an output came with, lower-case names. */
  headersOf (output: object): Readonly<Record<string, string>> {
    return this.#clients.headersOf(output)
  }

  /** Notes that the origin took the requester's key pair. */
  accepted (requester: Requester): void {
    if (requester.own === true) this.#options.ownKeyPairState?.accept()
  }

  /** Runs `ask`. @throws OriginRefusal, OriginUnavailable */
  async ask<T> (requester: Requester, asked: BucketOrObject, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask()
      this.accepted(requester)
      return answer
    } catch (thrown) {
      const error = asOriginErrorFor(requester, asked, thrown)
      if (requester.own === true && error instanceof OwnKeyPairRefused) this.#options.ownKeyPairState?.refuse(error)
      else if (isVerdict(error)) this.accepted(requester)
      throw error
    }
  }

  close (): void {
    this.#clients.close()
  }
}

/** What every command of an object is given. */
export function inputOf ({ bucket, key, versionId }: ObjectAddress, { requestPayer, expectedBucketOwner }: Requester) {
  return {
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
    RequestPayer: requestPayer ? 'requester' as const : undefined,
    ExpectedBucketOwner: expectedBucketOwner
  }
}
