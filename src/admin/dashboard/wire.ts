// What the server tells the dashboard, as JSON.

/** Counters at one time, since the process began. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly requests: number
  /** Answers with an S3 error code. */
  readonly errors: number
  readonly hashedBytes: number
  /** Read to hash, and for web seed and seeder. */
  readonly originBytes: number
  /** By swarms, from anywhere. */
  readonly downloadedBytes: number
  readonly announces: number
  /** Peers that the tracker knows now. */
  readonly peers: number
}

export interface Job {
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
  /** Objects under a prefix, and those of them that are hashed; undefined: it is one object. */
  readonly objects?: { readonly count: number, readonly hashed: number }
}

export interface ListedTorrent {
  readonly bucket: string
  /** Of an object, or a prefix. */
  readonly key: string
  /** Bytes; of a prefix with the pads between its files, until `files` are known. */
  readonly size: number
  /** Whether it is of all objects under a prefix. */
  readonly isPrefix: boolean
  /** Of a prefix; null: of one object, or not known yet. */
  readonly files: number | null
  /** Hexadecimal. */
  readonly infoHash: string
  /** Whether everybody may read the object, for whom the swarm is; null: not known yet. */
  readonly isPublic: boolean | null
  readonly complete: number
  readonly incomplete: number
  readonly url: string
  /** Null where the store does not know the whole info hash, or the files not yet. */
  readonly magnet: string | null
}

/** Answers of one operation with one code: `OK`, `NotModified`, or S3's error code. */
export interface RequestTotal {
  readonly operation: string
  readonly code: string
  readonly count: number
}

/** Bytes since the process began. */
export interface Traffic {
  /** Read at the origin: to hash, for web seed and seeder, and for GetObject. */
  readonly originHashing: number
  readonly originSwarm: number
  readonly originObjects: number
  readonly webSeed: number
  readonly seeder: number
  /** What swarms have downloaded from anywhere: what peers have announced, and at the least what was sent to them. */
  readonly downloaded: number
}

/** All that the dashboard shows of one moment. */
export interface Snapshot {
  readonly version: string
  /** Seconds that the process has run. */
  readonly uptime: number
  readonly now: Sample
  readonly jobs: readonly Job[]
  /** Jobs that are not among `jobs`. */
  readonly moreJobs: number
  readonly torrents: readonly ListedTorrent[]
  readonly requests: readonly RequestTotal[]
  readonly traffic: Traffic
  /** The part of what swarms have downloaded that was not read at the origin; null: nothing was downloaded. */
  readonly saved: number | null
  readonly store: { readonly used: number, readonly max: number }
  readonly swarm: {
    readonly swarms: number
    readonly seeders: number
    readonly leechers: number
    readonly connected: number
  }
  /** New objects that bucket notifications named. */
  readonly eventsWaiting: number
  /** What the origin refuses the server's own key pair with, an S3 error code; null: it does not. */
  readonly ownKeyPairRefused: string | null
}
