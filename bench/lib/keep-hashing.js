import { get } from './client.js'
import { checkTorrent, pieceLengthOf } from './torrent.js'

const DIGEST_BYTES = 20
const KEYS = 1000

/** Requests the torrent of one object under ever new keys, `atOnce` at a time, until it is told to stop. */
export function keepHashing (bench, server, object, atOnce) {
  const bytesADigest = pieceLengthOf(object)
  const cold = bench.content.linked(object, KEYS)
  const stopping = new AbortController()
  let hashed = 0

  const one = async () => {
    while (!stopping.signal.aborted) {
      const next = cold.pop()
      if (next === undefined) throw new Error(`${KEYS} keys were not enough`)
      const onData = ({ length }) => { hashed += length / DIGEST_BYTES * bytesADigest }
      checkTorrent(await get(server.torrentUrl(next), { onData, signal: stopping.signal }), object)
    }
  }
  const all = Promise.all(Array.from({ length: atOnce }, one)).catch((error) => {
    if (!stopping.signal.aborted) throw error
  })
  all.catch(() => {}) // stop() tells it

  return {
    /** Bytes hashed since the beginning. */
    hashed: () => hashed,
    async stop () {
      stopping.abort()
      await all
    }
  }
}
