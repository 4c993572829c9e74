import t from 'tap'
import { bar } from '../../src/commands/bar.js'
import { binaryBytes, bytes, count, duration, json } from '../../src/commands/format.js'
import { Rate } from '../../src/commands/rate.js'

t.test('a bar fits its width; what there is no room for goes from the right', async (t) => {
  const state = { done: 612_000_000, total: 1_200_000_000, rate: 480_000_000 }
  t.equal(bar(state, 100), '[===================>                    ]  51 %  612.0 MB of 1.2 GB  480.0 MB/s  2 s left')
  t.equal(bar(state, 60), '[=========>         ]  51 %  612.0 MB of 1.2 GB  480.0 MB/s')
  t.match(bar(state, 40), /^\[=+> +\] {2}51 % {2}612\.0 MB of 1\.2 GB$/)
  t.equal(bar(state, 20), '[=====>     ]  51 %')
  t.equal(bar(state, 8), ' 51 %')
  for (let width = 5; width < 120; width++) t.ok(bar(state, width).length <= width, String(width))
})

t.test('from nothing to all', async (t) => {
  t.match(bar({ done: 0, total: 100, rate: undefined }, 60), /^\[ {10,}\] {3}0 % {2}0 bytes of 100 bytes$/)
  t.match(bar({ done: 100, total: 100, rate: 5 }, 60), /^\[=+\] 100 % /)
  t.match(bar({ done: 999, total: 1000, rate: 5 }, 80), / 99 % /)
  t.match(bar({ done: 7, total: 5, rate: 5 }, 80), / 100 % .* 0 s left$/, 'more than was told')
  t.match(bar({ done: 0, total: 0, rate: undefined }, 60), / 0 % /)
})

t.test('a rate is of the last ten seconds', async (t) => {
  const rate = new Rate()
  rate.note(0, 0)
  t.equal(rate.perSecond, undefined)
  rate.note(1_000, 100)
  t.equal(rate.perSecond, 100)
  for (let second = 2; second <= 30; second++) rate.note(second * 1000, 100 + (second - 1) * 10)
  t.equal(rate.perSecond, 10)
})

t.test('numbers and texts for people', async (t) => {
  t.strictSame(
    [0, 1, 999, 1000, 999_949, 1_500_000_000_000].map(bytes),
    ['0 bytes', '1 bytes', '999 bytes', '1.0 kB', '999.9 kB', '1.5 TB']
  )
  t.strictSame(
    [16384, 262144, 16777216, 1073741824, 16385].map(binaryBytes),
    ['16 KiB', '256 KiB', '16 MiB', '1 GiB', '16,385 bytes']
  )
  t.strictSame(
    [0.1, 59, 60, 3599, 3600, 90_000].map(duration),
    ['1 s', '59 s', '1 min 0 s', '59 min 59 s', '1 h 0 min', '25 h 0 min']
  )
  t.strictSame([count(1, 'piece'), count(1024, 'piece')], ['1 piece', '1,024 pieces'])
  t.strictSame(JSON.parse(json({ a: 'x\u009B\u007F\n"' })), { a: 'x\u009B\u007F\n"' })
})
