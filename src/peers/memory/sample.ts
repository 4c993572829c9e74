import type { PeerList } from './peer-list.js'

/**
 * Endpoints one after the other: a run of at most `count` peers of all lists that begins anywhere, without the one that
 * asks.
 * @param into where they are written, from `at` on
 * @param without its key, see Located
 * @returns bytes that were written
 */
export function sample (lists: readonly PeerList[], count: number, into: Buffer, at: number, without?: string): number {
  let size = 0
  let own: number | undefined
  for (const list of lists) {
    const slot = without === undefined ? undefined : list.slotOf(without)
    if (slot !== undefined) own = size + slot
    size += list.size
  }
  const wanted = Math.min(count, own === undefined ? size : size - 1)
  if (wanted <= 0) return 0
  // All in a ring, and whoever asks is outside: the run begins behind it and ends before it comes again.
  const [first, choices] = own === undefined ? [0, size] : [own + 1, size - wanted]
  return run(lists, (first + Math.floor(Math.random() * choices)) % size, wanted, into, at)
}

function run (lists: readonly PeerList[], begin: number, count: number, into: Buffer, from: number): number {
  let at = from
  let skip = begin
  for (let rest = count; rest > 0;) {
    for (const list of lists) {
      const some = Math.min(rest, Math.max(0, list.size - skip))
      if (some > 0) at += list.copy(skip, some, into, at)
      skip = Math.max(0, skip - list.size)
      rest -= some
    }
  }
  return at - from
}
