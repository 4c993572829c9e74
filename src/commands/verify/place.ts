import type { Objects } from '../../objects/objects.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { ExpectedFile } from '../../torrent/expected-torrent.js'
import type { Source } from '../open-source.js'
import type { RefusedSource } from '../refusal.js'

/** Which object a file is, or why none is looked for. */
export type Whereabouts = { readonly object: ObjectAddress } | { readonly problem: Problem }

/**
 * What is wrong with a file before a byte of it is read. `outside`: its path leads nowhere in the place, or out of it,
 * and is not followed; `unreadable`: it is there, and `reason` is why it may not be read.
 */
export type Problem =
  | { readonly is: 'missing' }
  | { readonly is: 'outside', readonly reason: string }
  | { readonly is: 'unreadable', readonly reason: string }

/** Where the files of a torrent are. Whoever opens it closes it. */
export interface Place extends RefusedSource {
  readonly origin: Objects
  /** PEM of whose certificates are trusted beside those that node trusts. */
  readonly authorities: string | undefined
  /** Whether it is one object, which was named: that it is not there is an error, and no finding. */
  readonly isOneObject: boolean
  /** Of each file, of the same index. @throws CommandError; what the origin throws; the signal's reason */
  find (files: readonly ExpectedFile[], signal: AbortSignal): Promise<Whereabouts[]>
  /** Says of an object that was looked for and is none what else there is. */
  insteadOf? (object: ObjectAddress): Promise<Problem | undefined>
  /** How a file is called in an error. */
  labelOf (file: ExpectedFile): string
  close (): Promise<void>
}

export const NOT_FOLLOWED: Problem = {
  is: 'outside', reason: 'its path is none that stays in a folder: not read'
}

/** One object or file, whatever the torrent calls it. It is closed with the source. */
export function placeOf (source: Source): Place {
  const { object, label } = source
  return {
    ...source, isOneObject: true, find: async (files) => files.map(() => ({ object })), labelOf: () => label
  }
}
