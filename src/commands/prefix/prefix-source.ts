import { realpath } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { LISTING_LIMITS } from '../../objects/limits.js'
import { DirectoryOrigin } from '../../objects/directory/directory-origin.js'
import { safeComponent } from '../../torrent/path-component.js'
import { prefixName } from '../../torrent/torrent-paths.js'
import { FairSlots } from '../../util/fair-slots.js'
import { printable } from '../../util/unprintable.js'
import type { WarmPrefixParts } from '../../warming/warm-prefix.js'
import type { CommandContext } from '../context.js'
import { CommandError } from '../errors.js'
import type { RefusedSource } from '../refusal.js'
import type { S3Flags } from '../s3-flags.js'
import type { SourceUri } from '../source-uri.js'
import { leftOutOf } from './left-out.js'
import { NamingOrigin } from './naming-origin.js'

/** What one torrent of several files is of. */
export interface RefusedPrefix extends RefusedSource {
  readonly kind: 's3' | 'file'
  readonly origin: NamingOrigin
  /** Whether it is a folder on a command line, which has no prefix. */
  readonly isFolder: boolean
  /** One of its objects, as it may be shown. */
  readonly labelOf: (key: string) => string
}

/** All objects under a prefix, or all files in a folder, as the engine takes them. Whoever opens it closes it. */
export interface PrefixSource extends RefusedPrefix {
  readonly bucket: string
  readonly prefix: string
  /** Of the torrent. */
  readonly name: string
  /** The keys' part in front of that name; undefined where the name is not in them. */
  readonly above: string | undefined
  /** The folder, links resolved; undefined of a prefix. */
  readonly directory: string | undefined
  /** PEM of whose certificates are trusted beside those that node trusts. */
  readonly authorities: string | undefined
  /** What is in the folder and in no torrent, each with the reason. */
  leftOut (has: (key: string) => boolean, signal: AbortSignal): AsyncGenerator<string>
  close (): Promise<void>
}

/** A listing that nobody but the command waits for. */
const LISTING_MS = 3_600_000

/** @throws CommandError, UsageError */
export async function openPrefix (
  { bucket, key: prefix }: Extract<SourceUri, { kind: 's3' }>, flags: S3Flags, { env }: Pick<CommandContext, 'env'>
): Promise<PrefixSource> {
  const { openS3 } = await import('../open-s3.js') // the SDK is most of the start-up time
  const { origin, requester, outbound, ...opened } = await openS3(flags, env)
  const name = prefixName(bucket, prefix)
  return {
    kind: 's3',
    isFolder: false,
    origin: new NamingOrigin(origin),
    requester,
    authorities: outbound.authorities,
    bucket,
    prefix,
    name,
    above: aboveOf(prefix, name),
    directory: undefined,
    label: printable(`s3://${bucket}/${prefix}`),
    labelOf: (key) => printable(`s3://${bucket}/${key}`),
    async * leftOut () {},
    close: () => opened.close()
  }
}

/** @throws CommandError */
export async function openFolder (path: string): Promise<PrefixSource> {
  const directory = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`${printable(path)} cannot be read (${cause.code}).`, { cause })
  })
  const origin = new DirectoryOrigin(directory)
  const labelOf = (key: string): string => printable(join(path, key))
  return {
    kind: 'file',
    isFolder: true,
    origin: new NamingOrigin(origin),
    requester: { keyPair: undefined, requestPayer: false },
    authorities: undefined,
    bucket: '.',
    prefix: '',
    name: safeComponent(basename(resolve(path))),
    above: '',
    directory,
    label: printable(path),
    labelOf,
    leftOut: (has, signal) => leftOutOf(origin, labelOf, has, signal),
    close: async () => {}
  }
}

export interface PrefixLimits {
  /** Bytes of one object; 0: no limit. */
  readonly maxObjectSize: number
  readonly maxObjects: number
  /** Bytes of all. */
  readonly maxPrefixSize: number
}

/** What headPrefix asks. */
export function prefixParts (
  origin: NamingOrigin, { maxObjectSize, maxObjects, maxPrefixSize }: PrefixLimits
): Omit<WarmPrefixParts, 'hasher' | 'store'> {
  return {
    origin,
    listing: origin,
    options: { maxObjectSize, bucketOwners: new Map() },
    maxObjects,
    maxPrefixSize,
    turns: new FairSlots<string>(LISTING_LIMITS.turns),
    headTurns: new FairSlots<string>(LISTING_LIMITS.headTurns),
    wholeMs: LISTING_MS
  }
}

function aboveOf (prefix: string, name: string): string | undefined {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const above = folder.slice(0, -name.length - 1)
  return folder === `${above}${name}/` && (above === '' || above.endsWith('/')) ? above : undefined
}
