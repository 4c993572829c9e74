import type { Test } from 'tap'
import { contentStream } from './content.js'
import type { FaultyObject, ObjectOptions } from './faulty-object.js'
import type { FaultyOrigin, SeenRequest } from './faulty-origin.js'
import { httpGet } from './http-get.js'
import type { HttpRequest, HttpResponse } from './http-get.js'
import { parsed, pieceHashesOf } from './pieces.js'
import type { Server } from './server.js'
import { until } from './until.js'

const LIMIT_MS = 120_000
const QUIET_MS = 1_000
/** The outcomes that are no torrent. */
export const REFUSED_OR_BROKEN = ['status 503', 'broken off']

export interface Hashing {
  /** An object that everybody may read, under a key of its own. */
  readonly put: (options: ObjectOptions) => { key: string, object: FaultyObject }
  /** Its torrent. */
  readonly ask: (key: string, of?: Server, options?: HttpRequest) => Promise<HttpResponse>
  /** The GETs of it that the origin has seen. */
  readonly readsOf: (key: string) => SeenRequest[]
  /** Resolves when none of them is under way, and for a second none has begun. */
  readonly quiet: (key: string) => Promise<void>
  /** That an object's torrent is right. */
  readonly right: (t: Test, options: ObjectOptions, message: string, of?: Server) => Promise<{
    key: string
    object: FaultyObject
  }>
}

let made = 0
const known = new Map<string, Promise<string>>()

/** The pieces of a generated object, computed by other code, as one string of hex. */
function piecesOf ({ seed = 0, size = 0 }: ObjectOptions, pieceLength: number): Promise<string> {
  const id = `${seed} ${size} ${pieceLength}`
  const pieces = known.get(id) ?? pieceHashesOf(contentStream(seed, size), pieceLength).then(
    (hashes) => hashes.map((hash) => hash.toString('hex')).join()
  )
  known.set(id, pieces)
  return pieces
}

/** `broken off`, an error status, or a torrent of which of the objects; of none: `WRONG`. */
export async function outcomeOf (
  { status, complete, body }: HttpResponse, ...candidates: ObjectOptions[]
): Promise<string> {
  if (status !== 200) return `status ${status}`
  if (!complete) return 'broken off'
  const { pieces, pieceLength, length } = await parsed(body)
  for (const [index, candidate] of candidates.entries()) {
    if (length === candidate.size && pieces.join() === await piecesOf(candidate, pieceLength)) {
      return `torrent of ${index}`
    }
  }
  return 'WRONG'
}

/** Torrents of an origin's objects, asked of `usual` where no other server is named. */
export function hashing (origin: FaultyOrigin, usual: Server): Hashing {
  function put (options: ObjectOptions): { key: string, object: FaultyObject } {
    const key = `object-${made++}`
    return { key, object: origin.put('bkt', key, { public: true, ...options }) }
  }

  const ask = (key: string, { url }: Server = usual, options: HttpRequest = {}): Promise<HttpResponse> =>
    httpGet(`${url}/bkt/${key}?torrent`, { timeoutMs: LIMIT_MS, ...options })

  const readsOf = (key: string): SeenRequest[] => origin.requests.filter(
    ({ method, url }) => method === 'GET' && url.split('?')[0] === `/bkt/${key}`
  )

  async function quiet (key: string): Promise<void> {
    let [seen, since] = [0, performance.now()]
    await until(`${key} is read no more`, () => {
      const reads = readsOf(key)
      if (reads.length !== seen || reads.some(({ endedAt }) => endedAt === undefined)) {
        [seen, since] = [reads.length, performance.now()]
      }
      return performance.now() - since > QUIET_MS
    })
  }

  async function right (t: Test, options: ObjectOptions, message: string, of: Server = usual): Promise<{
    key: string
    object: FaultyObject
  }> {
    const { key, object } = put(options)
    t.equal(await outcomeOf(await ask(key, of), options), 'torrent of 0', message)
    return { key, object }
  }
  return { put, ask, readsOf, quiet, right }
}
