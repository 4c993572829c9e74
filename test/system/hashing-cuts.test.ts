import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { REFUSED_OR_BROKEN, hashing, outcomeOf } from '../support/hashing.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const server = await startServer(t, { args: ['--origin', origin.endpoint, '--log-level', 'warn'] })
const gentle = await startServer(t, {
  args: ['--origin', origin.endpoint, '--reads-per-object', '2', '--reads', '4', '--log-level', 'warn']
})
const { put, ask, readsOf, right } = hashing(origin, server)

// Begins here, and is looked at in the last test: it is tried again for a minute.
const neverAPiece = put({ size: 100_000, seed: 1, faults: { cutAfter: 10_000 } })
const ended = ask(neverAPiece.key).then((response) => outcomeOf(response, neverAPiece.object.options))

// Not where a read ends, which would be no cut: reads are of 32 MiB. A GiB is 17 times as much and more, of which each
// of eight readers may have something left.
t.test('F1: the origin cuts every connection after 50 or 60 MB', async (t) => {
  for (const [size, after] of [[1024 * MIB + 3, 50_000_017], [1024 * MIB + 3, 61_234_567]] as const) {
    const { object, key } = await right(
      t, { size, seed: 1, faults: { cutConnectionAfter: after } }, `${size} bytes, cut every ${after}`
    )
    const asked = readsOf(key).map(({ headers }) => /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')).map(
      (range) => Number(range?.[2]) - Number(range?.[1]) + 1
    )
    const cuts = readsOf(key).filter(({ bytesSent }, index) => bytesSent < (asked[index] ?? 0)).length
    const extra = object.bytesSent / size - 1
    t.comment(`F1: ${cuts} cuts, ${(100 * extra).toFixed(2)} % more bytes than it has`)
    t.ok(cuts >= 8, `${cuts} cuts`)
    t.ok(extra <= 0.02, `${(100 * extra).toFixed(2)} % read twice`)
  }
})

t.test('F1: the origin cuts every read after a few MiB', async (t) => {
  const CASES: Array<[size: number, cutAfter: number, of: Server]> = [
    [200_000_003, 8 * MIB - 5, server],
    [200_000_003, 7 * MIB - 1, server],
    [100_000_000, 3 * MIB, server],
    [120_000_000, 5 * MIB + 1, gentle]
  ]
  for (const [size, cutAfter, of] of CASES) {
    const what = `${size} bytes, cut every ${cutAfter}`
    const { key, object } = put({ size, seed: 1, faults: { cutAfter } })
    const response = await ask(key, of)
    t.equal(await outcomeOf(response, { size, seed: 1 }), 'torrent of 0', what)
    const cuts = readsOf(key).filter(({ bytesSent }) => bytesSent === cutAfter).length
    const { pieceLength } = await parsed(response.body).catch(() => ({ pieceLength: 0 }))
    const ratio = object.bytesSent / size
    t.ok(cuts >= Math.floor(size / cutAfter / 2), `${cuts} cuts, ${what}`)
    t.ok(ratio <= 1 + cuts * pieceLength / size, `${ratio.toFixed(4)} of its size read, ${what}`)
  }
})

t.test('F1: a cut before the first piece is whole, always: it ends, without a torrent', async (t) => {
  t.ok(REFUSED_OR_BROKEN.includes(await ended), '10,000 bytes of pieces of 16 KiB')
  await right(t, { size: 100_000, seed: 1, faults: { cutAfter: 10_000, times: 2 } }, 'twice only')
})
