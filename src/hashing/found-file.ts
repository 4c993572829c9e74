import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { ExpectedFile, ExpectedTorrent } from '../torrent/expected-torrent.js'
import { pieceDigestBytes } from '../torrent/meta-version.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import type { DigestRun } from '../torrent/piece-digests.js'
import type { HashableObject } from './hashable-object.js'
import type { Hasher } from './hasher.js'
import type { DescribedObject } from './pack-reads.js'
import type { Segment } from './segment.js'

/** A torrent, and which object each of its files is. */
export interface FoundTorrent {
  readonly expected: ExpectedTorrent
  /** Of the same index as the file; undefined: there is none that can be read. */
  readonly found: ReadonlyArray<DescribedObject | undefined>
}

export interface VerifyParts {
  readonly origin: Objects
  readonly hasher: Hasher
  readonly requester: Requester
  /** Told how far it is: bytes whose pieces need not be looked at anymore, and files that are done. */
  readonly onProgress: (bytes: number, files: number) => void
}

/** A file that was found could not be read. */
export class FileUnreadable extends Error {
  override name = 'FileUnreadable'
  /** Its index. */
  readonly file: number

  constructor (file: number, cause: unknown) {
    super(`file ${file} could not be read`, { cause })
    this.file = file
  }
}

/** Bytes of a file that are there. */
export function thereOf ({ expected, found }: FoundTorrent, file: number): number {
  return Math.min(expected.files[file]?.length ?? 0, found[file]?.head.size ?? 0)
}

/** The pieces that have bytes of a file that are not there. */
export function missingPieces (torrent: FoundTorrent, file: number, { offset, length }: ExpectedFile): Segment {
  const { pieceLength } = torrent.expected
  const there = thereOf(torrent, file)
  if (there === length) return { firstPiece: 0, pieces: 0 }
  const firstPiece = Math.floor((offset + there) / pieceLength)
  return { firstPiece, pieces: Math.ceil((offset + length) / pieceLength) - firstPiece }
}

/** What a job takes for known, so that it does not read these pieces. */
export function skipped ({ firstPiece, pieces }: Segment, { metaVersion }: ExpectedTorrent): DigestRun {
  return { firstPiece, digests: PieceDigests.of(Buffer.alloc(pieces * pieceDigestBytes(metaVersion)), metaVersion) }
}

/** What is no part of a job that keeps nothing. */
export const NOT_KEPT: Pick<HashableObject, 'sharer' | 'onDigests' | 'onComplete'> = {
  sharer: { group: '', member: '' },
  onDigests: () => {},
  onComplete: async () => {}
}
