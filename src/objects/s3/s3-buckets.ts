import {
  GetBucketAclCommand, HeadBucketCommand, HeadObjectCommand, ListObjectsV2Command
} from '@aws-sdk/client-s3'
import type { BucketOrObject } from '../../s3/object-address.js'
import type { Buckets } from '../buckets.js'
import type { Requester } from '../requester.js'
import { asOriginErrorFor, statusOf } from './s3-refusal.js'
import { inputOf } from './s3-session.js'
import type { S3Session } from './s3-session.js'

/** The buckets of an S3-compatible endpoint. */
export class S3Buckets implements Buckets {
  readonly #session: S3Session

  constructor (session: S3Session) {
    this.#session = session
  }

  async headBucket (bucket: string, given: Requester, signal: AbortSignal): Promise<void> {
    const requester = this.#session.renewed(given)
    await this.#session.ask(requester, { bucket }, async () => {
      try {
        await this.#head({ bucket }, requester, signal)
      } catch (error) {
        // A HEAD says neither which region is the right one nor what else is wrong.
        if (statusOf(error) === 400) {
          await this.#session.clientOf(requester).send(
            new ListObjectsV2Command({
              Bucket: bucket, MaxKeys: 1, ExpectedBucketOwner: requester.expectedBucketOwner
            }),
            { abortSignal: signal }
          )
        }
        throw error
      }
    })
  }

  /**
   * An origin that refuses a made-up owner honours the header, and has then answered for the real one already. AWS
   * names owners in GetBucketAcl by another id than the header's, so the ACL is looked at only where the header is
   * ignored (Ceph 16).
   */
  async ownerMatches (allowed: BucketOrObject, given: Requester, signal: AbortSignal): Promise<boolean> {
    const requester = this.#session.renewed(given)
    const { expectedBucketOwner } = requester
    const madeUp = expectedBucketOwner === '000000000000' ? '111111111111' : '000000000000'
    try {
      await this.#head(allowed, { ...requester, expectedBucketOwner: madeUp }, signal)
    } catch (error) {
      if (statusOf(error) === 403) return true
      throw asOriginErrorFor(requester, allowed, error)
    }
    const { ownKeyPair } = this.#session
    const own = ownKeyPair === undefined ? [] : [{ ...requester, own: true, keyPair: ownKeyPair }]
    for (const asker of [requester, ...own]) {
      try {
        const { Owner } = await this.#session.clientOf(asker).send(
          new GetBucketAclCommand({ Bucket: allowed.bucket }), { abortSignal: signal }
        )
        if (Owner?.ID !== undefined) return Owner.ID === expectedBucketOwner
      } catch (error) {
        if (statusOf(error) === undefined) throw asOriginErrorFor(requester, allowed, error)
      }
    }
    return false
  }

  async #head (asked: BucketOrObject, requester: Requester, abortSignal: AbortSignal): Promise<void> {
    const client = this.#session.clientOf(requester)
    if (asked.key !== undefined) {
      await client.send(new HeadObjectCommand(inputOf(asked, requester)), { abortSignal })
      return
    }
    await client.send(
      new HeadBucketCommand({ Bucket: asked.bucket, ExpectedBucketOwner: requester.expectedBucketOwner }),
      { abortSignal }
    )
  }
}
