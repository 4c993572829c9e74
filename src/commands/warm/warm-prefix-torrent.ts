import { GROUPS_AT_ONCE } from '../../hashing/prefix-job.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import { warmPrefix } from '../../warming/warm-prefix.js'
import { openDataDirectory } from '../data-directory.js'
import { CommandError } from '../errors.js'
import { bytes, count } from '../format.js'
import { openHasher } from '../open-hasher.js'
import { NamingOrigin } from '../prefix/naming-origin.js'
import { prefixRefusalOf } from '../prefix/prefix-refusal.js'
import { prefixParts } from '../prefix/prefix-source.js'
import type { RefusedPrefix } from '../prefix/prefix-source.js'
import { countObjects } from './warm-all.js'
import type { WarmJob } from './warm-all.js'
import type { WarmServer } from './warm-server.js'

export type WarmPrefixJob = Pick<WarmJob, 'target' | 'bucket' | 'prefix' | 'progress' | 'signal'>

/** What became of a prefix. */
export interface WarmedPrefix {
  readonly is: 'hashed' | 'kept'
  readonly objects: number
  /** Bytes of them. */
  readonly size: number
}

/** Has the torrent of all objects under a prefix hashed: by this server, or here where there is none. */
export async function warmPrefixTorrent (job: WarmPrefixJob, server: WarmServer | undefined): Promise<WarmedPrefix> {
  const { target: { kind, origin, requester }, bucket, prefix, signal } = job
  const labelOf = (key: string): string => printable(`s3://${bucket}/${key}`)
  const source = { kind, isFolder: false, requester, label: labelOf(prefix), labelOf, origin: new NamingOrigin(origin) }
  const done = { bytes: 0 }
  try {
    return await (server === undefined ? alone(job, source, done) : throughServer(job, source, server, done))
  } catch (error) {
    if (signal.aborted) {
      throw new CommandError(
        `Interrupted: ${bytes(done.bytes)} of ${source.label} are hashed; the same command goes on from there.`,
        { exitCode: EXIT.interrupted, cause: error }
      )
    }
    const refusal = prefixRefusalOf(error, source)
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  }
}

async function alone (
  { target: { config, outbound }, bucket, prefix, progress, signal }: WarmPrefixJob,
  { origin, requester, label }: RefusedPrefix,
  done: { bytes: number }
): Promise<WarmedPrefix> {
  const onLine = (line: string): void => progress.line(line)
  const store = await openDataDirectory(config.dataDir, onLine, config.storeSize)
  const hasher = openHasher(GROUPS_AT_ONCE, onLine, outbound.authorities)
  const { maxObjectSize, maxPrefixObjects: maxObjects, maxPrefixSize, pieceLength, metaVersion } = config
  try {
    progress.line(`listing ${label}`)
    const { manifest: { files }, source } = await warmPrefix(
      { ...prefixParts(origin, { maxObjectSize, maxObjects, maxPrefixSize }), hasher, store },
      { bucket, prefix, requester, pieceLength, metaVersion },
      {
        onDescribed: ({ manifest: { files } }) => progress.begin(
          `${label}, ${count(files.length, 'object')}`, bytesOf(files)
        ),
        onProgress ({ bytesHashed, bytesKnown, hashed }) {
          done.bytes = bytesHashed
          progress.update(bytesHashed, bytesKnown, undefined, hashed)
        }
      },
      signal
    )
    return { is: source === 'stored' ? 'kept' : 'hashed', objects: files.length, size: bytesOf(files) }
  } finally {
    await hasher.close()
    await store.close()
  }
}

async function throughServer (
  job: WarmPrefixJob, { label }: RefusedPrefix, server: WarmServer, done: { bytes: number }
): Promise<WarmedPrefix> {
  const { bucket, prefix, progress, signal } = job
  const { objects, total: size } = await countObjects(job)
  if (objects === 0) throw new CommandError(`There is no object under ${label}.`)
  progress.begin(`${label}, ${count(objects, 'object')}`, size)
  const outcome = await server.warmPrefix(bucket, { prefix, size }, (hashed) => {
    done.bytes = hashed
    progress.update(hashed, 0)
  }, signal)
  if (outcome.is === 'hashed') return { is: 'hashed', objects, size }
  const reason = 'reason' in outcome ? outcome.reason : outcome.is
  throw new CommandError(`The server makes no torrent of ${label}: ${printable(reason.replace(/\.(?= \(|$)/, ''))}.`)
}

function bytesOf (files: ReadonlyArray<{ readonly size: number }>): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
