import t from 'tap'
import { planSegments, runsOf } from '../../src/hashing/segment.js'
import type { Segment } from '../../src/hashing/segment.js'
import { autoPieceLength } from '../../src/torrent/piece-length.js'

const KIB = 1024
const MIB = 1024 * KIB
const READERS = [1, 2, 3, 8, 16, 64]
const SIZES = [
  1, 16383, 16384, 16385, MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 32 * MIB, 32 * MIB + 1, 100_000_000, 256 * MIB,
  1024 * MIB + 5, 5 * 1024 * MIB
]
const PIECE_LENGTHS = [16 * KIB, 256 * KIB, MIB, 8 * MIB, 16 * MIB, 32 * MIB, 64 * MIB]

const wholeOf = (size: number, pieceLength: number): Segment[] => [
  { firstPiece: 0, pieces: Math.ceil(size / pieceLength) }
]

/** What is wrong with a plan of these runs. */
function faultsOf (missing: Segment[], pieceLength: number, readers: number): string[] {
  const segments = planSegments(missing, pieceLength, readers)
  const faults: string[] = []
  const check = (right: boolean, fault: string): void => { if (!right) faults.push(fault) }
  for (const run of missing) {
    const end = run.firstPiece + run.pieces
    const own = segments.filter(({ firstPiece }) => firstPiece >= run.firstPiece && firstPiece < end)
    let next = run.firstPiece
    for (const { firstPiece, pieces } of own) {
      check(firstPiece === next, 'a gap or an overlap')
      check(pieces > 0, 'empty')
      check(pieces === 1 || pieces * pieceLength <= 32 * MIB, 'over 32 MiB')
      check(firstPiece + pieces === end || (pieces + 1) * pieceLength > 8 * MIB, 'under 8 MiB')
      next = firstPiece + pieces
    }
    check(next === end, 'not the whole run')
  }
  check(
    segments.reduce((sum, { pieces }) => sum + pieces, 0) === missing.reduce((sum, { pieces }) => sum + pieces, 0),
    'another number of pieces'
  )
  return faults
}

t.test('a plan covers an object exactly, 8 to 32 MiB or one piece at a time', async (t) => {
  for (const size of SIZES) {
    for (const pieceLength of [...PIECE_LENGTHS, autoPieceLength(size)]) {
      for (const readers of READERS) {
        t.same(
          faultsOf(wholeOf(size, pieceLength), pieceLength, readers),
          [],
          `${size} bytes in pieces of ${pieceLength} for ${readers} readers`
        )
      }
    }
  }
})

t.test('and so it does what is missing of one', async (t) => {
  const RUNS: Segment[][] = [
    [{ firstPiece: 0, pieces: 1 }, { firstPiece: 2, pieces: 1 }],
    [{ firstPiece: 5, pieces: 1000 }, { firstPiece: 1006, pieces: 1 }, { firstPiece: 1500, pieces: 3 }],
    [{ firstPiece: 1279, pieces: 1 }],
    Array.from({ length: 100 }, (_, index) => ({ firstPiece: index * 10, pieces: index % 9 + 1 }))
  ]
  for (const missing of RUNS) {
    for (const pieceLength of PIECE_LENGTHS) {
      for (const readers of READERS) {
        t.same(
          faultsOf(missing, pieceLength, readers),
          [],
          `${JSON.stringify(missing.slice(0, 3))} in pieces of ${pieceLength} for ${readers} readers`
        )
      }
    }
  }
})

t.test('every reader has a segment, where there are 8 MiB for each', async (t) => {
  for (const size of SIZES) {
    for (const readers of READERS.filter((readers) => size >= readers * 8 * MIB)) {
      const pieceLength = autoPieceLength(size)
      t.ok(
        planSegments(wholeOf(size, pieceLength), pieceLength, readers).length >= readers,
        `${size} bytes for ${readers} readers`
      )
    }
  }
})

t.test('by example', async (t) => {
  t.same(planSegments([], 16 * KIB, 8), [], 'nothing is missing')
  t.same(planSegments(wholeOf(1, 16 * KIB), 16 * KIB, 8), [{ firstPiece: 0, pieces: 1 }])
  t.same(planSegments(wholeOf(8 * MIB, 16 * KIB), 16 * KIB, 8), [{ firstPiece: 0, pieces: 512 }], '8 MiB')
  t.same(
    planSegments(wholeOf(8 * MIB + 1, 16 * KIB), 16 * KIB, 8),
    [{ firstPiece: 0, pieces: 512 }, { firstPiece: 512, pieces: 1 }],
    'and one byte more'
  )
  t.same(
    planSegments(wholeOf(64 * MIB, 64 * MIB), 64 * MIB, 8),
    [{ firstPiece: 0, pieces: 1 }],
    'a piece over 32 MiB is a segment'
  )
  t.same(
    planSegments(wholeOf(64 * MIB + 1, 64 * MIB), 64 * MIB, 8),
    [{ firstPiece: 0, pieces: 1 }, { firstPiece: 1, pieces: 1 }]
  )
  t.equal(planSegments(wholeOf(5 * 1024 * MIB, 4 * MIB), 4 * MIB, 8).length, 160, '5 GiB: 32 MiB each')
  t.equal(planSegments(wholeOf(1024 * MIB, MIB), MIB, 8).length, 32, '1 GiB for 8 readers: 32 MiB each')
  t.equal(planSegments(wholeOf(1024 * MIB, MIB), MIB, 16).length, 64, 'for 16 readers: 16 MiB each')
})

t.test('segments that grow are up to one for each reader, and cover the same', async (t) => {
  for (const size of SIZES) {
    const pieceLength = autoPieceLength(size)
    for (const readers of [1, 2, 8]) {
      for (const growth of [1, 2, 8, 2 ** 20]) {
        const segments = planSegments(wholeOf(size, pieceLength), pieceLength, readers, growth)
        const what = `${size} bytes for ${readers} readers, ${growth} times`
        t.same(runsOf(segments), wholeOf(size, pieceLength), what)
        const usual = planSegments(wholeOf(size, pieceLength), pieceLength, readers)
        t.ok(segments.length <= usual.length && segments.length >= Math.min(readers, usual.length), what)
        if (growth === 2 ** 20) t.ok(segments.length <= Math.max(readers, 1) || segments.length === usual.length, what)
      }
    }
  }
  t.same(planSegments(wholeOf(200 * MIB, 256 * KIB), 256 * KIB, 1, 128), [{ firstPiece: 0, pieces: 800 }])
})

t.test('runs', async (t) => {
  t.same(runsOf([]), [])
  t.same(
    runsOf([
      { firstPiece: 0, pieces: 2 }, { firstPiece: 2, pieces: 3 }, { firstPiece: 6, pieces: 1 },
      { firstPiece: 7, pieces: 1 }
    ]),
    [{ firstPiece: 0, pieces: 5 }, { firstPiece: 6, pieces: 2 }]
  )
})
