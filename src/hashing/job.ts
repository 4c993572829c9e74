import type { DigestList } from './digest-list.js'

/** How far a job is. */
export interface JobProgress {
  readonly bucket: string
  readonly key: string
  /** Bytes of the object, and of its pieces whose digests are there. */
  readonly size: number
  readonly hashed: number
  /** Who waits for it. */
  readonly followers: number
  /** Whether it is hashed now, else it waits for its turn. */
  readonly inTurn: boolean
  /** Since it was asked for. */
  readonly seconds: number
  /** Objects under a prefix, and those of them that are hashed. */
  readonly objects?: { readonly count: number, readonly hashed: number }
}

/** How far a job of several objects is. */
export interface ObjectsProgress {
  /** Objects that have bytes, and those of them that are hashed. */
  readonly count: number
  readonly hashed: number
  /** Bytes of them, without pads: whose digests are there, and of those, whose digests were kept before. */
  readonly bytesHashed: number
  readonly bytesKnown: number
}

/** Work that gives digests. */
export interface Job {
  /**
   * Settles when the first byte has come, or when none will.
   * @throws QueueFull, OriginUnavailable, OriginRefusal (PreconditionFailed: the object has changed)
   */
  readonly begun: Promise<void>
  /** Settles with the job: all digests are there and told, or it has failed. */
  readonly ended: Promise<void>
  readonly digests: DigestList
  /** Whether it has its turn now, else it waits for one. */
  readonly inTurn: boolean
}

/** What a job is of, and how it is begun. */
export interface JobStart {
  /** What people know it by. */
  readonly address: { readonly bucket: string, readonly key: string }
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  /** Whether it is a part of another job, which is the one that people see. */
  readonly isPart?: boolean
  /** Objects of it, and those of them that are hashed; undefined: it is one object. */
  readonly objects?: () => ObjectsProgress
  /** @param onProgress called when there are more digests */
  start (signal: AbortSignal, onProgress: () => void): Job
}
