import type { GivenOptions } from '../../config/settings.js'
import { urlOf } from '../../config/url.js'
import type { ListedObject } from '../../objects/listing.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import type { CommandContext } from '../context.js'
import { CommandError, UsageError } from '../errors.js'
import { bytes, count, duration, json } from '../format.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import type { S3Flags } from '../s3-flags.js'
import { s3UriOf } from '../source-uri.js'
import { countObjects, warmAll } from './warm-all.js'
import type { WarmJob } from './warm-all.js'
import type { WarmOutcome } from './warm-outcome.js'
import { warmPrefixTorrent } from './warm-prefix-torrent.js'
import type { WarmPrefixJob, WarmedPrefix } from './warm-prefix-torrent.js'
import { WarmTally } from './warm-tally.js'
import { openWarmTarget } from './warm-target.js'
import { openServer, openWarmer, warmerOfServer } from './warmer.js'
import type { Warmer } from './warmer.js'

export interface WarmFlags extends S3Flags {
  readonly server?: string
  readonly prefixTorrent: boolean
  readonly format?: TorrentFormat
  readonly concurrency: string
  readonly quiet: boolean
  readonly json: boolean
}

const MAX_CONCURRENCY = 256

/** @param given options of the server @throws OperatorError */
export async function warm (
  text: string, flags: WarmFlags, given: GivenOptions, context: CommandContext
): Promise<void> {
  const { bucket, key: prefix } = s3UriOf(text)
  const concurrency = concurrencyOf(flags)
  const server = flags.server === undefined ? undefined : urlOf('--server', flags.server)
  const { env, signal, stdout, stderr, exitWith } = context
  const target = await openWarmTarget(
    flags, { ...given, ...(flags.format !== undefined && { 'torrent-format': flags.format }) }, env
  )
  const progress = openProgress(stderr, flags.quiet)
  const started = performance.now()
  const job = { target, bucket, prefix, progress, signal }
  const tally = new WarmTally()
  let warmed: WarmedPrefix | undefined
  try {
    if (flags.prefixTorrent) warmed = await runPrefix(job, server, flags.format)
    else await run({ ...job, concurrency, tally, onOutcome: reporter(flags, progress, context) }, server, flags.format)
  } finally {
    progress.close()
    await target.close()
  }
  const sentence = warmed === undefined ? tally.sentence() : sentenceOf(job, warmed)
  if (flags.json) stdout.write(json(warmed === undefined ? tally.summary : { prefix, ...warmed }))
  else if (!flags.quiet) stdout.write(`${sentence}, in ${duration((performance.now() - started) / 1000)}\n`)
  if (tally.failed > 0) exitWith(EXIT.failed)
}

async function runPrefix (
  job: WarmPrefixJob, url: string | undefined, format: TorrentFormat | undefined
): Promise<WarmedPrefix> {
  const server = url === undefined ? undefined : openServer(url, job.target, format)
  try {
    return await warmPrefixTorrent(job, server)
  } finally {
    server?.close()
  }
}

function sentenceOf ({ bucket, prefix }: WarmPrefixJob, { is, objects, size }: WarmedPrefix): string {
  const done = is === 'kept' ? 'kept already' : 'hashed'
  return `${printable(`s3://${bucket}/${prefix}`)}: one torrent of ${count(objects, 'object')}, ${bytes(size)}: ${done}`
}

async function run (job: WarmJob, server: string | undefined, format: TorrentFormat | undefined): Promise<void> {
  const { target, bucket, prefix, concurrency, progress, tally, signal } = job
  const label = printable(`s3://${bucket}/${prefix}`)
  let warmer: Warmer | undefined
  try {
    const { objects, total } = await countObjects(job)
    if (objects === 0) throw new CommandError(`There is no object under ${label}.`)
    warmer = server === undefined
      ? await openWarmer(target, bucket, concurrency, (line) => progress.line(line), signal)
      : warmerOfServer(openServer(server, target, format), bucket, signal)
    progress.begin(`${label}, ${count(objects, 'object')}`, total)
    await warmAll(job, warmer)
  } catch (error) {
    progress.close()
    if (signal.aborted) {
      throw new CommandError(`Interrupted: ${tally.sentence()}; the same command goes on from there.`, {
        exitCode: EXIT.interrupted, cause: error
      })
    }
    const refusal = refusalOf(error, { kind: target.kind, label, requester: target.requester })
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await warmer?.close()
  }
}

function concurrencyOf ({ concurrency: text }: WarmFlags): number {
  const concurrency = Number(text)
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MAX_CONCURRENCY) return concurrency
  throw new UsageError(`--concurrency ${text} is no number from 1 to ${MAX_CONCURRENCY}.`)
}

// What is kept already is counted and not named: there may be a million.
function reporter (
  flags: WarmFlags, progress: Progress, { stdout, stderr }: CommandContext
): (object: ListedObject, outcome: WarmOutcome, seconds: number) => void {
  return ({ key, size }, outcome, seconds) => {
    if (flags.json) return progress.line(json({ key, size, ...outcome }).trimEnd(), stdout)
    const name = `${printable(key)}  ${bytes(size)}`
    if (outcome.is === 'hashed') progress.line(`hashed   ${name}  ${duration(seconds)}`)
    if (outcome.is === 'skipped') progress.line(`skipped  ${name}  ${printable(outcome.reason)}`)
    if (outcome.is === 'failed') progress.line(`failed   ${name}  ${printable(outcome.reason)}`, stderr)
  }
}
