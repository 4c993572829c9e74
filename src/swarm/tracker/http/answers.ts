import { NetworkCounts } from '../../../net/network-counts.js'
import type { Connection, Tracker } from '../tracker.js'
import { TrackerRefusal } from '../tracker-refusal.js'
import type { TrackerCounts } from '../transport.js'
import { parseAnnounce, parseScrape } from './parse.js'
import { announceDocument, refusalDocument, scrapeDocument } from './write.js'

/** Makes an answer's bytes, as Latin-1, if the client is still there to read them. */
export type Document = () => string

/** What stands before the `?` of what is answered here. */
export type TrackerPath = '/announce' | '/scrape'

export const isTrackerPath = (path: string): path is TrackerPath => path === '/announce' || path === '/scrape'

const TOO_MANY = new TrackerRefusal('Too many requests of this address at once.', 1)

/** The answers of the tracker to what came over HTTP, whoever read it from the connection. */
export class Answers {
  readonly counts: TrackerCounts = { announces: 0, scrapes: 0, refusals: 0 }
  readonly #tracker: Pick<Tracker, 'announce' | 'scrape'>
  readonly #requests: NetworkCounts

  /** @param requestsPerNetwork requests of one network at once; 0: no limit */
  constructor (tracker: Pick<Tracker, 'announce' | 'scrape'>, requestsPerNetwork: number) {
    this.#tracker = tracker
    this.#requests = new NetworkCounts(requestsPerNetwork)
  }

  /** A request of this network begins, and whoever asks calls `leave` at its end; false: it has too many at once. */
  enter (network: string): boolean {
    return this.#requests.enter(network)
  }

  leave (network: string): void {
    this.#requests.leave(network)
  }

  /** What is told whoever could not enter. */
  tooMany (): Document {
    this.counts.refusals++
    return () => refusalDocument(TOO_MANY)
  }

  /**
   * A refusal is an answer like any other: BEP 3 knows no other status than 200.
   * @param query what stands behind the `?`
   * @param from undefined: it is not known
   */
  async of (path: TrackerPath, query: string, from: Connection | undefined): Promise<Document> {
    if (path === '/announce') this.counts.announces++
    else this.counts.scrapes++
    try {
      return await (path === '/announce' ? this.#announce(query, from) : this.#scrape(query, from))
    } catch (error) {
      if (!(error instanceof TrackerRefusal)) throw error
      this.counts.refusals++
      return () => refusalDocument(error)
    }
  }

  async #announce (query: string, from: Connection | undefined): Promise<Document> {
    const asked = parseAnnounce(query)
    const connection = known(from)
    const reply = await this.#tracker.announce(asked, connection)
    return () => announceDocument(reply, connection.address, asked.compact)
  }

  async #scrape (query: string, from: Connection | undefined): Promise<Document> {
    const counts = await this.#tracker.scrape(parseScrape(query), known(from))
    return () => scrapeDocument(counts)
  }
}

function known (from: Connection | undefined): Connection {
  if (from === undefined) throw new TrackerRefusal('The address of the peer is not known.')
  return from
}
