import t from 'tap'
import { formatRange, resolveRange } from '../../src/s3/byte-range.js'
import { parseRange } from '../../src/s3/range.js'

const SIZE = 100
type Part = [first: number, last: number] | 'whole' | 416

// S62: what S3 answers to `Range` of a 100 byte object.
const CASES: Array<[header: string, answer: Part]> = [
  ['bytes=0-9', [0, 9]],
  ['bytes=0-0', [0, 0]],
  ['bytes=99-99', [99, 99]],
  ['bytes=90-', [90, 99]],
  ['bytes=0-', [0, 99]],
  ['bytes=-10', [90, 99]],
  ['bytes=-100', [0, 99]],
  ['bytes=-1000', [0, 99]],
  ['bytes=90-1000', [90, 99]],
  ['bytes=0-99', [0, 99]],
  ['bytes=0-100', [0, 99]],
  ['bytes=0-99999999999999999999999', [0, 99]],
  ['bytes=-99999999999999999999999', [0, 99]],
  ['bytes=100-', 416],
  ['bytes=100-200', 416],
  ['bytes=99999999999999999999999-', 416],
  ['bytes=-0', 416],
  ['bytes=9-0', 'whole'],
  ['bytes=0-1,5-9', 'whole'],
  ['bytes=', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=1-2-3', 'whole'],
  ['bytes=0x1-5', 'whole'],
  ['bytes=+1-5', 'whole'],
  ['bytes=1.5-5', 'whole'],
  ['octets=0-9', 'whole'],
  ['0-9', 'whole'],
  ['', 'whole'],
  ['BYTES=0-9', [0, 9]],
  ['bytes= 0 - 9 ', [0, 9]]
]

t.test('S62: the ranges table', async (t) => {
  for (const [header, answer] of CASES) {
    const range = parseRange(header)
    const part = range === undefined ? 'whole' : resolveRange(range, SIZE) ?? 416
    t.strictSame(typeof part === 'object' ? [part.first, part.last] : part, answer, header)
  }
})

t.test('an empty object has no satisfiable range', async (t) => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
    const range = parseRange(header)
    t.equal(range && resolveRange(range, 0), undefined, header)
    t.ok(range)
  }
})

t.test('a parsed range is written as it was meant', async (t) => {
  for (const header of ['bytes=0-9', 'bytes=90-', 'bytes=-10']) {
    const range = parseRange(header)
    t.equal(range && formatRange(range), header)
  }
})
