import t from 'tap'
import { ReadPace } from '../../src/hashing/read-pace.js'

const SIZE = 200 * 1024 * 1024

/** Notes a read of that many milliseconds before and after the first byte. */
function note (pace: ReadPace, firstByteMs: number, transferMs: number, size = SIZE): void {
  pace.note({ firstByteMs, transferMs, size, generation: pace.generation })
}

t.test('an origin that answers soon is read as fast as may be', async (t) => {
  const pace = new ReadPace(8)
  for (const [first, transfer] of [[1, 10], [100, 10], [250, 1], [2_000, 3_000]] as const) {
    for (let i = 0; i < 20; i++) note(pace, first, transfer)
    t.strictSame([pace.readers, pace.growth, pace.generation], [8, 1, 0], `${first} ms, ${transfer} ms`)
  }
  for (let i = 0; i < 20; i++) note(pace, i % 2 === 0 ? 5_000 : 10, 100)
  t.strictSame([pace.readers, pace.growth], [8, 1], 'one late answer is an accident')
})

t.test('one whose first byte takes longer than the transfer has fewer readers of longer segments', async (t) => {
  const pace = new ReadPace(8)
  note(pace, 8_000, 80)
  t.equal(pace.readers, 8)
  note(pace, 8_000, 80)
  t.strictSame([pace.readers, pace.growth], [1, 128])
  note(pace, 1_000, 1_500)
  t.strictSame([pace.readers, pace.growth], [1, 128], 'that is enough')
  note(pace, 100, 200, SIZE / 10)
  t.equal(pace.readers, 1, 'a small object says nothing of large ones')
  note(pace, 20, 200)
  t.strictSame([pace.readers, pace.growth], [8, 1], 'a large one does')
})

t.test('what began before the last change says nothing of it', async (t) => {
  const pace = new ReadPace(8)
  const { generation } = pace
  note(pace, 400, 300)
  note(pace, 400, 300)
  const changed = [pace.readers, pace.growth]
  t.strictSame(changed, [4, 2])
  for (let i = 0; i < 6; i++) pace.note({ firstByteMs: 400, transferMs: 300, size: SIZE, generation })
  t.strictSame([pace.readers, pace.growth], changed)
})

t.test('a wait that fewer readers do not shorten is the distance: readers come back, segments stay long', async (t) => {
  const pace = new ReadPace(8)
  note(pace, 400, 300)
  note(pace, 400, 300)
  note(pace, 390, 600)
  t.strictSame([pace.readers, pace.growth], [4, 2], 'it is balanced')
  note(pace, 390, 300)
  t.strictSame([pace.readers, pace.growth], [8, 2])
  note(pace, 390, 300)
  note(pace, 390, 300)
  t.strictSame([pace.readers, pace.growth], [8, 4], 'and never become fewer again')
})

t.test('a longer wait for a larger object is no distance', async (t) => {
  const pace = new ReadPace(8)
  note(pace, 8_000, 80)
  note(pace, 8_000, 80)
  note(pace, 25_000, 10_000, 25 * SIZE)
  t.equal(pace.readers, 1)
})

t.test('it is forgotten after a while', async (t) => {
  let now = 0
  const pace = new ReadPace(8, () => now)
  note(pace, 8_000, 80)
  note(pace, 8_000, 80)
  now = 599_000
  t.equal(pace.generation, 1)
  now = 601_000
  t.equal(pace.generation, 2)
  t.strictSame([pace.readers, pace.growth], [8, 1])
})
