import type { InfoHash } from '../torrent/info-hash.js'

/** BEP 3; `paused`: BEP 21. */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'paused'

/** A peer, as its announce describes it. */
export interface AnnouncedPeer {
  /** Address and port: 6 bytes (BEP 23) or 18 (BEP 7). The address has a scope, see net/address-scope.ts. */
  readonly endpoint: Buffer
  /** Bytes that it lacks. 0: a seeder, else a leecher. */
  readonly left: number
  /** The same number at each address of one client (BEP 7), see client-identity.ts; 0: not known. */
  readonly client: number
}

/** Clients, by BEP 48's names: seeders, leechers, and those that became a seeder here. */
export interface SwarmCounts {
  readonly complete: number
  readonly incomplete: number
  readonly downloaded: number
}

/** The answer to an announce. */
export interface SwarmReply extends SwarmCounts {
  /** Endpoints of the announcer's own family, one after the other. The bytes are the caller's to keep. */
  readonly peers: Buffer
}

/**
 * The peers of all torrents. An asker is told of peers of its own family alone, at addresses that are good where the
 * asker is, and `complete` and `incomplete` count the same peers. A client that announces itself from an IPv4 and an
 * IPv6 address has one role, and counts once. A peer that was silent for too long is forgotten; how long, the
 * implementation is told when it is made.
 *
 * Each method rejects with SwarmsUnavailable, and nothing else, where the store cannot be asked; it sets its own limit
 * to how long it waits. Whoever makes a store closes it, and calls nothing else from then on.
 */
export interface SwarmStore {
  /**
   * A peer joins a swarm, says what is new of it, or leaves (`stopped`), and gets the answer from the swarm as it is
   * then. All of that is one step: no other announce and no expiry comes between its parts, and announces of one info
   * hash take effect in the order of the calls, also while none of them is answered. A peer that is over a limit of the
   * store is not remembered, and gets its answer all the same. `completed` counts in `downloaded` if the client was a
   * leecher of this swarm until then: once, however often and from however many addresses it is said.
   * @param numwant how many peers at most; none for `stopped`. Never the announcer itself; for a leecher half of them
   * seeders, for a seeder leechers while there are any.
   */
  announce (
    infoHash: InfoHash, peer: AnnouncedPeer, event: AnnounceEvent | undefined, numwant: number
  ): Promise<SwarmReply>
  /**
   * The counts of one swarm, zeros where there is none.
   * @param asker address (4 or 16 bytes) of the one that is told; undefined: all clients are counted
   */
  scrape (infoHash: InfoHash, asker?: Buffer): Promise<SwarmCounts>
  /** Forgets a swarm and its peers: the object is not public any more. */
  forget (infoHash: InfoHash): Promise<void>
  close (): Promise<void>
}

/** What the peers of all torrents are in numbers, as far as this process knows now: asking costs no waiting. */
export interface SwarmStatus {
  /** Swarms with a peer in them. */
  readonly swarms: number
  /** Clients: one that announces itself from an IPv4 and an IPv6 address counts once. */
  readonly peers: Readonly<Record<'seeders' | 'leechers', number>>
  /** Bytes that peers have got since the process began, by their own account: what they lacked less and less. */
  readonly downloadedBytes: number
}

/** The store of peers cannot be asked now. */
export class SwarmsUnavailable extends Error {
  override name = 'SwarmsUnavailable'
  readonly code = 'SWARMS_UNAVAILABLE'
}
