import { headReadable } from '../../access/readable-object.js'
import type { DescribedObject } from '../../hashing/pack-reads.js'
import type { ObjectHead } from '../../objects/objects.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import { S3Error } from '../../s3/errors.js'
import type { ExpectedFile } from '../../torrent/expected-torrent.js'
import { refusalOf } from '../refusal.js'
import type { Place, Problem } from './place.js'

/** The files of a torrent as they were found. */
export interface LookedUp {
  /** Of the same index as the file; undefined: a problem is there in its place. */
  readonly found: ReadonlyArray<DescribedObject | undefined>
  readonly problems: ReadonlyMap<number, Problem>
}

const AT_ONCE = 16
/** What is said of one object, and not of who asks or of the store. */
const OF_ONE_OBJECT = new Set(['AccessDenied', 'InvalidObjectState', 'InvalidRequest', 'MethodNotAllowed'])
const NO_OWNERS = { bucketOwners: new Map() }

/** Looks every file up. @throws what the origin throws of the one object that was named, or of itself; as `find` */
export async function lookUp (
  place: Place, files: readonly ExpectedFile[], signal: AbortSignal
): Promise<LookedUp> {
  const whereabouts = await place.find(files, signal)
  const found: Array<DescribedObject | undefined> = files.map(() => undefined)
  const problems = new Map<number, Problem>()
  const queue = files.entries()
  const lane = async (): Promise<void> => {
    for (const [index, file] of queue) {
      signal.throwIfAborted()
      const where = whereabouts[index] ?? { problem: { is: 'missing' } }
      const seen = 'problem' in where ? where : await look(place, file, where.object, signal)
      if ('problem' in seen) problems.set(index, seen.problem)
      else found[index] = seen
    }
  }
  const lanes = Array.from({ length: Math.min(AT_ONCE, files.length) }, lane)
  try {
    await Promise.all(lanes)
  } finally {
    await Promise.allSettled(lanes)
  }
  return { found, problems }
}

async function look (
  place: Place, file: ExpectedFile, object: ObjectAddress, signal: AbortSignal
): Promise<DescribedObject | { readonly problem: Problem }> {
  try {
    return { object, head: slim(await headReadable(place.origin, NO_OWNERS, object, place.requester, signal)) }
  } catch (error) {
    signal.throwIfAborted()
    if (place.isOneObject || !(error instanceof S3Error)) throw error
    if (error.code === 'NoSuchKey') return { problem: await place.insteadOf?.(object) ?? { is: 'missing' } }
    if (!OF_ONE_OBJECT.has(error.code)) throw error
    const { kind, requester } = place
    return {
      problem: {
        is: 'unreadable', reason: refusalOf(error, { kind, requester, label: place.labelOf(file) }) ?? error.message
      }
    }
  }
}

// There may be a million of them.
function slim ({ size, etag, lastModified, headers }: ObjectHead): ObjectHead {
  const encoding = headers['content-encoding']
  return {
    size,
    etag,
    lastModified,
    requestCharged: false,
    headers: encoding === undefined ? {} : { 'content-encoding': encoding }
  }
}
