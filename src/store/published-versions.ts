import type { Identity } from '../torrent/identity.js'

/**
 * As which versions the torrent of an object was issued to everybody, and when that was last noted (milliseconds since
 * 1970), the latest last; null: as what is current. A number is of files that are older than this: as the object's
 * record says.
 */
export type PublishedVersions = number | ReadonlyArray<readonly [versionId: string | null, at: number]>

/** Of one object, beside what is current: where the origin takes any version id, strangers must not fill the file. */
export const MAX_VERSIONS = 16
/** Characters of a version id, which S3 keeps to so many bytes. */
const MAX_VERSION_ID = 1_024

/** Whether a publication of this version is worth a note. */
export function isNotable (versionId: string | undefined): boolean {
  return versionId === undefined || versionId.length <= MAX_VERSION_ID
}

/** When this version was noted; undefined: never. */
export function notedAt (
  publications: PublishedVersions | undefined, versionId: string | undefined
): number | undefined {
  return asList(publications).find(([id]) => id === (versionId ?? null))?.[1]
}

/** The same with this version as the latest. */
export function withPublication (
  publications: PublishedVersions | undefined, versionId: string | undefined, at: number
): PublishedVersions {
  const all = [...withoutPublication(publications, versionId), [versionId ?? null, at] as const]
  const tooMany = all.filter(([id]) => id !== null).slice(0, -MAX_VERSIONS)
  return all.filter((one) => !tooMany.includes(one))
}

/** The same without this version. */
export function withoutPublication (
  publications: PublishedVersions | undefined, versionId: string | undefined
): Exclude<PublishedVersions, number> {
  return asList(publications).filter(([id]) => id !== (versionId ?? null))
}

/** When any of them was noted last. */
export function latestOf (publications: PublishedVersions): number {
  return asList(publications).at(-1)?.[1] ?? 0
}

/** The object as each of these versions, the latest first. */
export function versionsOf (identity: Identity, publications: PublishedVersions): Identity[] {
  if (typeof publications === 'number') return [identity]
  const { versionId: _, ...current } = identity
  return publications.map(([versionId]) => versionId === null ? current : { ...current, versionId }).reverse()
}

function asList (publications: PublishedVersions | undefined): Exclude<PublishedVersions, number> {
  return typeof publications === 'number' ? [[null, publications]] : publications ?? []
}
