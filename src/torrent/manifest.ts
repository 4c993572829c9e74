import { createHash } from 'node:crypto'
import { idOf } from './identity.js'
import type { Identity } from './identity.js'
import { layoutOf } from './layout.js'
import type { FileGroup, Layout } from './layout.js'
import type { InfoFields } from './info.js'
import type { MetaVersion } from './meta-version.js'

/** An object of a prefix torrent, as one of its files. */
export interface ManifestFile {
  readonly key: string
  /** Of the version that is in the torrent, quotes included. */
  readonly etag: string
  /** Bytes. */
  readonly size: number
  /** Its components, below the torrent's name. */
  readonly path: readonly string[]
}

/** What a prefix torrent is of: these objects, in these versions, in the order of its files. */
export interface Manifest {
  /** The origin's own name, see Objects. */
  readonly origin: string
  readonly bucket: string
  readonly prefix: string
  /** Of the torrent. */
  readonly name: string
  readonly pieceLength: number
  readonly metaVersion: MetaVersion
  readonly files: readonly ManifestFile[]
}

/** A manifest as a torrent: where its files stand. */
export interface LaidManifest extends Manifest {
  readonly layout: Layout
  readonly identity: Identity
}

/** Changes with what layoutOf and fileList make of the same files: digests of one layout are none of another. */
const LAYOUT = 1

/** One of so many small files may begin a pack, by a hash of its path. */
const ONE_IN = 4

export function laidOut (manifest: Manifest): LaidManifest {
  const { files, pieceLength, metaVersion } = manifest
  const entries = files.map(({ path, size: length }) => ({ path, length }))
  const layout = layoutOf(entries, {
    pieceLength, metaVersion, mayPartBefore: (file) => isDivisible(entries[file]?.path ?? [])
  })
  return { ...manifest, layout, identity: identityOfManifest(manifest, layout.size) }
}

/** What the info dictionary of a prefix says. */
export function manifestInfo ({ name, pieceLength, metaVersion, layout }: LaidManifest): InfoFields {
  return { name, pieceLength, metaVersion, layout, isSingleFile: false }
}

/** What the digests of a group of its files are kept under: one object, or several as one. */
export function groupIdentity (manifest: LaidManifest, group: FileGroup): Identity {
  const { origin, bucket, pieceLength, metaVersion } = manifest
  const [first, ...others] = filesOf(manifest, group)
  return {
    origin,
    bucket,
    key: first?.key ?? '',
    etag: others.length === 0 ? first?.etag ?? '' : etagOf([first, ...others].map(factsOf)),
    size: group.size,
    pieceLength,
    metaVersion,
    xAmzInfo: false,
    ...(others.length > 0 && { subject: 'pack' }),
    ...(group.padding > 0 && { padded: true })
  }
}

/** The files of a group that have bytes. */
export function filesOf ({ files }: Manifest, { firstFile, files: count }: FileGroup): ManifestFile[] {
  return files.slice(firstFile, firstFile + count).filter(({ size }) => size > 0)
}

/** A manifest in the store. */
export function encodeManifest (manifest: Manifest): Buffer {
  const { origin, bucket, prefix, name, pieceLength, metaVersion, files } = manifest
  return Buffer.from(JSON.stringify({ origin, bucket, prefix, name, pieceLength, metaVersion, files }))
}

/** Undefined: it is of another prefix than has this id. */
export function decodeManifest (id: string, bytes: Buffer): Manifest | undefined {
  try {
    const { identity, layout: _, ...manifest } = laidOut(JSON.parse(bytes.toString()) as Manifest)
    return idOf(identity) === id ? manifest : undefined
  } catch {
    return undefined
  }
}

function identityOfManifest (manifest: Manifest, size: number): Identity {
  const { origin, bucket, prefix, name, pieceLength, metaVersion, files } = manifest
  return {
    origin,
    bucket,
    key: prefix,
    etag: etagOf([[LAYOUT, name], ...files.map((file) => [...factsOf(file), ...file.path])]),
    size,
    pieceLength,
    metaVersion,
    xAmzInfo: false,
    subject: 'prefix'
  }
}

function factsOf (file: ManifestFile | undefined): Array<string | number> {
  return file === undefined ? [] : [file.key, file.etag, file.size]
}

function etagOf (facts: ReadonlyArray<ReadonlyArray<string | number>>): string {
  return `"${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}"`
}

function isDivisible (path: readonly string[]): boolean {
  return (createHash('sha256').update(JSON.stringify(path)).digest()[0] ?? 0) % ONE_IN === 0
}
