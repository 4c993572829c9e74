import t from 'tap'
import { CALL_LIMITS, DELIVERY_LIMITS, HASHING_LIMITS, STALL_MS } from '../../src/objects/limits.js'

/** How long clients wait for a byte: of a web seed (libtorrent), and of an answer (aria2, boto3). */
const WEB_SEED_MS = 20_000
const ANSWER_MS = 60_000

t.test('every wait is shorter than the one that it stands in', async (t) => {
  const { silenceMs, patienceMs, pauses } = DELIVERY_LIMITS
  for (const [name, ...waits] of [
    ['one call', CALL_LIMITS.connectMs, CALL_LIMITS.answerMs, STALL_MS],
    ['web seed', silenceMs, patienceMs, WEB_SEED_MS],
    ['web seed, two calls', 2 * silenceMs + pauses.longestMs, patienceMs],
    ['the first byte of a torrent', CALL_LIMITS.connectMs + CALL_LIMITS.answerMs, HASHING_LIMITS.beginMs, ANSWER_MS],
    ['a call\'s slot', CALL_LIMITS.waitMs, ANSWER_MS]
  ] as const) t.strictSame(waits, waits.toSorted((a: number, b: number) => a - b), name)
})
