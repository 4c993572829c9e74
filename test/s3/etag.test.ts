import t from 'tap'
import { EtagSpellings, isWeak, readEtag } from '../../src/s3/etag.js'
import { formatPin, parsePin } from '../../src/torrent/web-seed-url.js'

const SPELLINGS: Array<[written: string, etag: string | undefined]> = [
  ['"abc"', '"abc"'], ['abc', '"abc"'], [' "abc" ', '"abc"'], ['&quot;abc&quot;', '"abc"'], ['&#34;abc&#34;', '"abc"'],
  ['"5d41402abc4b2a76b9719d911017c592-3"', '"5d41402abc4b2a76b9719d911017c592-3"'],
  ['5d41402abc4b2a76b9719d911017c592-3', '"5d41402abc4b2a76b9719d911017c592-3"'], ['"a b c"', '"a b c"'],
  ['a b c', '"a b c"'], ["'x'", '"\'x\'"'], ['"a\\"b"', '"%22a\\%22b%22"'], ['"x";gzip', '"%22x%22;gzip"'],
  ['"x;gzip"', '"x;gzip"'], ['"caf\u00E9"', '"caf\u00E9"'], ['"*"', '"*"'], ['"a", "b"', '"%22a%22, %22b%22"'],
  ['a, b', '"a, b"'], ['W/"abc"', 'W/"abc"'], ['w/"abc"', 'W/"abc"'], ['W/abc', '"W/abc"'], ['', undefined],
  ['""', undefined], ['"', undefined], ['   ', undefined], ['*', undefined], ['W/""', undefined],
  ['"a\u0000b"', undefined], ['"a\r\nb"', undefined]
]

t.test('one ETag, however it is written', async (t) => {
  for (const [written, etag] of SPELLINGS) {
    t.equal(readEtag(written), etag, written)
    if (etag !== undefined) t.equal(readEtag(etag), etag, `${etag} is read as itself`)
  }
  t.equal(readEtag(undefined), undefined)
  t.equal(isWeak('W/"abc"'), true)
  t.equal(isWeak('"W/abc"'), false)
})

t.test('what can be read can be pinned, but for weak ones', async (t) => {
  for (const [written, etag] of SPELLINGS) {
    if (etag !== undefined) t.strictSame(parsePin(formatPin({ etag })), isWeak(etag) ? undefined : { etag }, written)
  }
  t.equal(formatPin({ etag: '"a"' }), 'ImEi', 'as it always was')
})

t.test("a store's own spelling is what it is asked with", async (t) => {
  const spellings = new EtagSpellings()
  for (const written of ['abc', '"x";gzip', ' "y"']) {
    spellings.note(written)
    t.equal(spellings.of(readEtag(written) ?? ''), written)
  }
  t.equal(spellings.of('"never seen"'), '"never seen"')
  spellings.note('"abc"')
  t.equal(spellings.of('"abc"'), '"abc"', 'the last one counts')
  for (let i = 0; i < 10_001; i++) spellings.note(`bare-${i}`)
  t.equal(spellings.of('"bare-0"'), '"bare-0"', 'the oldest is forgotten')
  t.equal(spellings.of('"bare-1"'), 'bare-1')
})
