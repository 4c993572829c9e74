import { Command } from 'commander'
import { readCommand, urlOf } from '../../config/config.js'
import type { Config } from '../../config/config.js'
import { caBundleOf } from '../../credentials/aws-settings.js'
import { openOutbound } from '../../net/open-outbound.js'
import type { Outbound } from '../../net/outbound.js'
import { DirectoryOrigin } from '../../objects/directory/directory-origin.js'
import type { ListedObject, Listing } from '../../objects/listing.js'
import type { Objects } from '../../objects/objects.js'
import type { Requester } from '../../objects/requester.js'
import { variableOf } from '../../config/options.js'
import type { OptionName } from '../../config/options.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import { openDataDirectory } from '../data-directory.js'
import { engine } from '../engine.js'
import { CommandError, UsageError } from '../errors.js'
import { bytes, count, duration, json } from '../format.js'
import { openS3 } from '../open-s3.js'
import { s3PlaceOf } from '../place.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import { withS3Flags } from '../s3-flags.js'
import type { S3Flags } from '../s3-flags.js'
import type { Surroundings } from '../surroundings.js'
import { warmAlone } from './warm-alone.js'
import { skipOf, skipOfError } from './warm-outcome.js'
import type { WarmOutcome } from './warm-outcome.js'
import { WarmServer } from './warm-server.js'
import { WarmTally } from './warm-tally.js'

interface WarmFlags extends S3Flags {
  readonly server?: string
  readonly concurrency: string
  readonly quiet: boolean
  readonly json: boolean
  readonly origin?: string
  readonly dataDir?: string
  readonly pieceLength?: string
  readonly maxObjectSize?: string
  readonly storeSize?: string
  readonly xAmzInfo?: string
}

/** The server's, which decide under what hashes are kept, and where. */
const OF_SERVER = [
  'origin', 'data-dir', 'piece-length', 'max-object-size', 'store-size', 'x-amz-info'
] as const satisfies readonly OptionName[]
const MAX_CONCURRENCY = 256
const EXAMPLES = `
Examples:
  object-torrent warm s3://media/films/ --origin https://s3.example.net --data-dir /var/lib/object-torrent
      Hashes into the data directory of a server with this --origin, which may be running.
  object-torrent warm s3://media --server https://torrent.example.net --endpoint-url https://s3.example.net
      Lists the store, and has a running server hash what is in it.
  object-torrent warm s3://sample --origin ./buckets
      A directory of buckets.`

/** `object-torrent warm`: hashes everything under a prefix before anybody asks for it. */
export function warmCommand (io: Surroundings): Command {
  const command = new Command()
    .description(
      'Hashes every object under a prefix ahead of time: alone, into the data directory of the server, or through ' +
      'a running server.\nWhat is kept already is not read again, so it may be interrupted and run again. Exit ' +
      'code 1 if any object failed.'
    )
    .argument(
      '<prefix>', 's3://bucket or s3://bucket/prefix; like every S3 prefix it is a string: end it in / to mean a folder'
    )
    .option('--server <url>', 'ask this running object-torrent, signed as the store is asked')
    .option('--concurrency <n>', 'objects at once; 4 if nothing is said', '4')
    .option('-q, --quiet', 'say nothing but errors', false)
    .option('--json', 'one JSON object a line for each object, and one for all', false)
    .optionsGroup(`As the server has them, with its variables (${variableOf('data-dir')}, …):`)
    .option(
      '--origin <url|dir>',
      'the S3 endpoint, or a directory of buckets; without it, the endpoint that aws-cli would ask'
    )
    .option('--data-dir <dir>', 'where hashes are kept; ./data if nothing is said')
    .option('--piece-length <bytes>', 'as written into its torrents')
    .option('--max-object-size <bytes>', 'objects of this size or more are skipped')
    .option('--store-size <bytes>', 'of the file in its data directory')
    .option('--x-amz-info <off|on>', 'whether its torrents hold bucket and key')
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action((prefix: string, flags: WarmFlags) => warm(prefix, flags, io))
}

/** Whom to ask. */
interface Place {
  readonly origin: Objects & Listing
  readonly requester: Requester
  readonly region: string
  readonly config: Config
  readonly outbound: Outbound
  readonly kind: 's3' | 'file'
  close (): Promise<void>
}

/** One way to have an object hashed. */
interface Warmer {
  warm (object: ListedObject, onProgress: (done: number, known: number) => void): Promise<WarmOutcome>
  close (): Promise<void>
}

async function warm (text: string, flags: WarmFlags, io: Surroundings): Promise<void> {
  const { bucket, key: prefix } = s3PlaceOf(text)
  const concurrency = Number(flags.concurrency)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw new UsageError(`--concurrency ${flags.concurrency} is no number from 1 to ${MAX_CONCURRENCY}.`)
  }
  const server = flags.server === undefined ? undefined : urlOf('--server', flags.server, ['http:', 'https:'])
  const label = printable(`s3://${bucket}/${prefix}`)
  const place = await openPlace(bucket, flags, io)
  const progress = openProgress(io.stderr, flags.quiet)
  const tally = new WarmTally()
  const started = performance.now()
  let warmer: Warmer | undefined
  try {
    const { objects, total } = await counted(place, bucket, prefix, progress, io.signal)
    if (objects === 0) throw new CommandError(`There is no object under ${label}.`)
    warmer = server === undefined
      ? await alone(place, bucket, concurrency, progress, io.signal)
      : throughServer(
        server, place, bucket, io.signal
      )
    progress.begin(`${label}, ${count(objects, 'object')}`, total)
    await all(place.origin.list(bucket, prefix, place.requester, io.signal), warmer, {
      place, bucket, concurrency, progress, tally, flags, io
    })
    progress.close()
    tell(tally, (performance.now() - started) / 1000, flags, io)
  } catch (error) {
    progress.close()
    if (io.signal.aborted) {
      throw new CommandError(`Interrupted: ${tally.sentence()}; the same command goes on from there.`, {
        exitCode: EXIT.interrupted, cause: error
      })
    }
    const refusal = refusalOf(error, { kind: place.kind, label, requester: place.requester })
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await warmer?.close()
    await place.close()
  }
  if (tally.failed > 0) io.fail()
}

async function openPlace (bucket: string, flags: WarmFlags, { env, signal }: Surroundings): Promise<Place> {
  const origin = flags.origin ?? (flags.endpointUrl === undefined ? env[variableOf('origin')] : undefined)
  const isDirectory = origin !== undefined && origin !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(origin)
  if (isDirectory) {
    const config = serverConfig(flags.origin, flags, env)
    if (!('directory' in config.origin)) throw new UsageError(`--origin "${printable(origin)}" is no directory.`)
    const requester = { keyPair: undefined, requestPayer: false }
    const outbound = await openOutbound(env, caBundleOf(env))
    return {
      kind: 'file',
      outbound,
      origin: new DirectoryOrigin(config.origin.directory),
      requester,
      region: config.region,
      config,
      close: async () => {}
    }
  }
  if (origin) urlOf(flags.origin === undefined ? variableOf('origin') : '--origin', origin, ['http:', 'https:'])
  const s3 = await openS3(
    { ...flags, ...(origin && { endpointUrl: origin }) },
    env,
    (origin, requester) => origin.headBucket(bucket, requester, signal)
  )
  try {
    return { kind: 's3', ...s3, config: serverConfig(s3.endpoint, flags, env) }
  } catch (error) {
    await s3.close()
    throw error
  }
}

/**
 * What the server would be with these settings: the same origin and piece length have the same hashes.
 * @throws ConfigError
 */
function serverConfig (origin: string | undefined, flags: WarmFlags, env: Surroundings['env']): Config {
  const given = {
    origin,
    'data-dir': flags.dataDir,
    'piece-length': flags.pieceLength,
    'max-object-size': flags.maxObjectSize,
    'store-size': flags.storeSize,
    'x-amz-info': flags.xAmzInfo
  }
  const argv = OF_SERVER.flatMap((name) => given[name] === undefined ? [] : [`--${name}=${given[name]}`])
  const command = readCommand(
    argv, Object.fromEntries(OF_SERVER.map((name) => [variableOf(name), env[variableOf(name)]]))
  )
  if (command.name !== 'serve') throw new UsageError('These are no settings of a server.')
  return command.config
}

async function counted (
  { origin, requester, config }: Place, bucket: string, prefix: string, progress: Progress, signal: AbortSignal
): Promise<{
  objects: number
  total: number
}> {
  let objects = 0
  let total = 0
  progress.line(`listing s3://${bucket}/${printable(prefix)}`)
  for await (const object of origin.list(bucket, prefix, requester, signal)) {
    objects++
    if (skippedBySize(object, config) === undefined) total += object.size
  }
  return { objects, total }
}

async function alone (
  { origin, requester, config, outbound }: Place,
  bucket: string,
  concurrency: number,
  progress: Progress,
  signal: AbortSignal
): Promise<Warmer> {
  const say = (line: string): void => progress.line(line)
  const store = await openDataDirectory(config.dataDir, say, config.storeSize)
  const hasher = engine(concurrency, say, outbound.authorities)
  return {
    warm: (object, onProgress) => warmAlone(
      { origin, requester, hasher, store, config }, bucket, object, onProgress, signal
    ),
    async close () {
      await hasher.close()
      await store.close()
    }
  }
}

function throughServer (
  url: string, { region, requester, outbound }: Place, bucket: string, signal: AbortSignal
): Warmer {
  outbound.proxies.for(new URL(url))
  const server = new WarmServer(url, region, requester, outbound)
  return {
    warm: (object, onProgress) => server.warm(bucket, object, onProgress, signal), close: async () => server.close()
  }
}

interface Run {
  readonly place: Place
  readonly bucket: string
  readonly concurrency: number
  readonly progress: Progress
  readonly tally: WarmTally
  readonly flags: WarmFlags
  readonly io: Surroundings
}

async function all (objects: AsyncGenerator<ListedObject>, warmer: Warmer, run: Run): Promise<void> {
  const { place, progress, tally, io } = run
  const worker = async (): Promise<void> => {
    for (;;) {
      const next = await objects.next()
      if (next.done === true) return
      const object = next.value
      const started = performance.now()
      const skipped = skippedBySize(object, place.config)
      const outcome = skipped ?? await outcomeOf(object, warmer, run)
      tally.end(object, object.size, outcome, skipped === undefined)
      progress.update(tally.done, tally.known)
      report(object, outcome, (performance.now() - started) / 1000, run)
    }
  }
  const workers = Array.from({ length: run.concurrency }, worker)
  try {
    await Promise.all(workers)
  } finally {
    await Promise.allSettled(workers)
  }
  io.signal.throwIfAborted()
}

async function outcomeOf (
  object: ListedObject, warmer: Warmer, { place, bucket, progress, tally, io }: Run
): Promise<WarmOutcome> {
  try {
    return await warmer.warm(object, (done, known) => {
      tally.progress(object, done, known)
      progress.update(tally.done, tally.known)
    })
  } catch (error) {
    io.signal.throwIfAborted()
    const label = printable(`s3://${bucket}/${object.key}`)
    const skip = skipOfError(error)
    return skip ?? {
      is: 'failed',
      reason: refusalOf(error, { kind: place.kind, label, requester: place.requester }) ?? printable(String(error))
    }
  }
}

function skippedBySize ({ size }: ListedObject, { maxObjectSize }: Config): WarmOutcome | undefined {
  if (size === 0) return skipOf('empty')
  return maxObjectSize > 0 && size >= maxObjectSize ? skipOf('too-large') : undefined
}

// What is kept already is counted and not named: there may be a million.
function report (
  { key, size }: ListedObject, outcome: WarmOutcome, seconds: number, { progress, flags, io }: Run
): void {
  if (flags.json) return progress.line(json({ key, size, ...outcome }).trimEnd(), io.stdout)
  const name = printable(key)
  if (outcome.is === 'hashed') progress.line(`hashed   ${name}  ${bytes(size)}  ${duration(seconds)}`)
  if (outcome.is === 'skipped') progress.line(`skipped  ${name}  ${bytes(size)}  ${printable(outcome.reason)}`)
  if (outcome.is === 'failed') {
    progress.line(`failed   ${name}  ${bytes(size)}  ${printable(outcome.reason)}`, io.stderr)
  }
}

function tell (tally: WarmTally, seconds: number, flags: WarmFlags, { stdout }: Surroundings): void {
  if (flags.json) stdout.write(json(tally.summary))
  else if (!flags.quiet) stdout.write(`${tally.sentence()}, in ${duration(seconds)}\n`)
}
