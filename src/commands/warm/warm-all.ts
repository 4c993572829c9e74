import type { Config } from '../../config/load.js'
import type { ListedObject } from '../../objects/listing.js'
import { printable } from '../../util/unprintable.js'
import { refusalOf } from '../refusal.js'
import type { Progress } from '../progress.js'
import { skipOf, skipOfError } from './warm-outcome.js'
import type { WarmOutcome } from './warm-outcome.js'
import type { WarmTally } from './warm-tally.js'
import type { WarmTarget } from './warm-target.js'
import type { Warmer } from './warmer.js'

export interface WarmJob {
  readonly target: WarmTarget
  readonly bucket: string
  readonly prefix: string
  readonly concurrency: number
  readonly progress: Progress
  readonly tally: WarmTally
  readonly signal: AbortSignal
  /** Told what became of each object, and how long it took. */
  readonly onOutcome: (object: ListedObject, outcome: WarmOutcome, seconds: number) => void
}

/** Objects under the prefix, and bytes of those that can have a torrent. */
export async function countObjects (
  { target, bucket, prefix, progress, signal }: Pick<WarmJob, 'target' | 'bucket' | 'prefix' | 'progress' | 'signal'>
): Promise<{ objects: number, total: number }> {
  let [objects, total] = [0, 0]
  progress.line(`listing s3://${bucket}/${printable(prefix)}`)
  for await (const object of target.origin.list(bucket, prefix, target.requester, signal)) {
    objects++
    if (skippedBySize(object, target.config) === undefined) total += object.size
  }
  return { objects, total }
}

/** Hashes every object under the prefix, so many at once. @throws the signal's reason; what the listing throws */
export async function warmAll (job: WarmJob, warmer: Warmer): Promise<void> {
  const { target, bucket, prefix, progress, tally, signal } = job
  const objects = target.origin.list(bucket, prefix, target.requester, signal)
  const worker = async (): Promise<void> => {
    for (;;) {
      const next = await objects.next()
      if (next.done === true) return
      const object = next.value
      const started = performance.now()
      const skipped = skippedBySize(object, target.config)
      const outcome = skipped ?? await outcomeOf(object, warmer, job)
      tally.end(object, object.size, outcome, skipped === undefined)
      progress.update(tally.done, tally.known)
      job.onOutcome(object, outcome, (performance.now() - started) / 1000)
    }
  }
  const workers = Array.from({ length: job.concurrency }, worker)
  try {
    await Promise.all(workers)
  } finally {
    await Promise.allSettled(workers)
  }
  signal.throwIfAborted()
}

async function outcomeOf (
  object: ListedObject, warmer: Warmer, { target, bucket, progress, tally, signal }: WarmJob
): Promise<WarmOutcome> {
  try {
    return await warmer.warm(object, (done, known) => {
      tally.progress(object, done, known)
      progress.update(tally.done, tally.known)
    })
  } catch (error) {
    signal.throwIfAborted()
    const label = printable(`s3://${bucket}/${object.key}`)
    return skipOfError(error) ?? {
      is: 'failed',
      reason: refusalOf(error, { kind: target.kind, label, requester: target.requester }) ?? printable(String(error))
    }
  }
}

function skippedBySize ({ size }: ListedObject, { maxObjectSize }: Config): WarmOutcome | undefined {
  if (size === 0) return skipOf('empty')
  return maxObjectSize > 0 && size >= maxObjectSize ? skipOf('too-large') : undefined
}
