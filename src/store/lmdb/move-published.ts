import { MOVED } from './databases.js'
import type { Databases } from './databases.js'
import type { DiskReserve } from './disk-reserve.js'

const AT_ONCE = 1_000
/** Of leaves, for each. */
const ENTRY_BYTES = 250

/**
 * Puts right what a version wrote that knew nothing of `published`. What was finished before is all taken for
 * published, once: it is then asked for, and a swarm that runs is not sent away. And what such a version has forgotten
 * is not published: that is looked for where more is published than finished.
 * @throws what LMDB or the file system says
 */
export function movePublished ({ root, infoHashes, published, torrents }: Databases, reserve: DiskReserve): void {
  if (published.doesExist(MOVED) && entriesIn(published) - 1 <= entriesIn(infoHashes)) return
  root.transactionSync(() => {
    const isMoved = published.doesExist(MOVED) // of several processes the first has done it
    reserve.reserve(isMoved ? 0 : entriesIn(infoHashes) * ENTRY_BYTES)
    for (const [infoHash, id] of keysIn(published)) {
      if (infoHash !== '' && !torrents.doesExist(id)) published.removeSync([infoHash, id])
    }
    if (isMoved) return
    for (const key of keysIn(infoHashes)) published.putSync(key, infoHashes.get(key) ?? 0)
    published.putSync(MOVED, 1)
  })
}

// Not all at once: there may be a million.
function * keysIn (database: Databases['published']): Generator<[infoHash: string, id: string]> {
  let start: [string, string] | undefined
  for (;;) {
    const keys = [...database.getKeys({ ...(start && { start }), limit: AT_ONCE })]
    for (const key of keys) if (key.join() !== start?.join()) yield key
    if (keys.length < AT_ONCE) return
    start = keys.at(-1)
  }
}

function entriesIn (database: Databases['published']): number {
  return (database.getStats() as { entryCount: number }).entryCount
}
