import type { ObjectHead } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { S3Error } from '../s3/errors.js'
import { filesOf, groupIdentity, manifestInfo } from '../torrent/manifest.js'
import type { LaidManifest } from '../torrent/manifest.js'
import type { FileGroup } from '../torrent/layout.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import type { DigestRun } from '../torrent/piece-digests.js'
import { infoHashesOf, swarmNamesOf } from '../torrent/torrent.js'
import { HASHING_LIMITS } from '../objects/limits.js'
import { inLanes } from '../util/in-lanes.js'
import { retry } from '../util/retry.js'
import { whileNeeded } from '../util/while-needed.js'
import { DigestList } from './digest-list.js'
import { hashObject } from './hash-object.js'
import type { HashObjectParts } from './hash-object.js'
import type { Job, ObjectsProgress } from './job.js'

/** The objects of a manifest, and what the requester was just told of them. */
export interface PrefixTarget {
  readonly manifest: LaidManifest
  readonly requester: Requester
  /** By key. */
  readonly heads: ReadonlyMap<string, ObjectHead>
}

/** Groups of files that one prefix hashes at once: small objects wait for their first byte most of the time. */
export const GROUPS_AT_ONCE = 8

/** All objects under a prefix being hashed: each group of files by a job of its own, which others may share. */
export class PrefixJob implements Job {
  readonly begun: Promise<void>
  readonly ended: Promise<void>
  readonly digests: DigestList
  readonly #parts: HashObjectParts
  readonly #target: PrefixTarget
  readonly #onProgress: () => void
  #begin: () => void = () => {}
  #hasBegun = false
  #progressAt = performance.now()
  readonly #count: number
  #hashed = 0
  readonly #bytes = { bytesHashed: 0, bytesKnown: 0 }

  constructor (parts: HashObjectParts, target: PrefixTarget, signal: AbortSignal, onProgress: () => void) {
    const { identity } = target.manifest
    this.#parts = { origin: parts.origin, hasher: parts.hasher, ...(parts.store && { store: parts.store }) }
    this.#target = target
    this.#onProgress = onProgress
    this.#count = target.manifest.files.filter(({ size }) => size > 0).length
    this.digests = new DigestList(PieceDigests.piecesOf(identity), identity.metaVersion)
    this.ended = this.#run(signal)
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.ended.then(resolve, reject)
    })
    this.begun.catch(() => {}) // whoever follows hears of it
  }

  get inTurn (): boolean {
    return this.#hasBegun
  }

  get objects (): ObjectsProgress {
    return { count: this.#count, hashed: this.#hashed, ...this.#bytes }
  }

  async #run (stopped: AbortSignal): Promise<void> {
    await Promise.resolve() // its fields are set first
    const { manifest } = this.#target
    const hash = (group: FileGroup, signal: AbortSignal): Promise<void> => this.#hashPatiently(group, signal)
    await inLanes(GROUPS_AT_ONCE, manifest.layout.groups, hash, stopped)
    const digests = this.digests.slice(0, this.digests.pieces)
    const infoHashes = infoHashesOf(manifestInfo(manifest), digests)
    await this.#parts.store?.finish(manifest.identity, digests, swarmNamesOf(infoHashes), manifest)
  }

  async #hashPatiently (group: FileGroup, signal: AbortSignal): Promise<void> {
    const note = this.#groupProgress()
    await retry(() => this.#hashGroup(group, note, signal), {
      pauses: HASHING_LIMITS.pauses,
      // Others have all the turns; that it can wait has been said before the first of its own.
      again: (error, pauseMs) => this.#hasBegun && error instanceof S3Error && error.code === 'SlowDown' &&
        performance.now() + pauseMs - this.#progressAt < HASHING_LIMITS.patienceMs,
      signal
    })
    this.#hashed += filesOf(this.#target.manifest, group).length
    this.#onProgress()
  }

  /** Counts the bytes of one group. What was hashed by a try before is there for the next one, and was not kept. */
  #groupProgress (): (hashed: number, known: number) => void {
    let before: { readonly hashed: number, readonly known: number } | undefined
    return (hashed, knownNow) => {
      const known = before?.known ?? knownNow
      this.#bytes.bytesHashed += hashed - (before?.hashed ?? 0)
      this.#bytes.bytesKnown += known - (before?.known ?? 0)
      before = { hashed, known }
    }
  }

  async #hashGroup (
    group: FileGroup, note: (hashed: number, known: number) => void, signal: AbortSignal
  ): Promise<void> {
    const { manifest, requester, heads } = this.#target
    const { bucket } = manifest
    const [first, ...behind] = filesOf(manifest, group).flatMap(({ key }) => {
      const head = heads.get(key)
      return head === undefined ? [] : [{ object: { bucket, key }, head }]
    })
    if (first === undefined) throw new TypeError('a group of no files')
    const target = { ...first, behind, requester, identity: groupIdentity(manifest, group) }
    // Of ten thousand jobs none leaves a listener behind at the one signal.
    await whileNeeded(signal, async (signal) => {
      const hashed = await hashObject(this.#parts, target, { isPart: true, onProgress: note }, signal)
      let { firstPiece } = group
      for await (const digests of hashed.digests()) {
        this.#take({ firstPiece, digests })
        firstPiece += digests.pieces
      }
    })
  }

  #take (run: DigestRun): void {
    this.digests.set(run)
    this.#progressAt = performance.now()
    this.#hasBegun = true
    this.#begin()
    this.#onProgress()
  }
}
