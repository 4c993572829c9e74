import t from 'tap'
import { bencodedEntry, bencodedInteger } from '../../../src/torrent/bencode/find.js'

const entry = (text: string, key: string): string | undefined => bencodedEntry(Buffer.from(text), key)?.toString()

t.test('an entry, as it is written', async (t) => {
  const handshake = 'd1:ei0e4:ipv44:abcd1:md11:ut_metadatai3e6:ut_pexi1ee13:metadata_sizei31235e1:v5:peer:e'
  t.equal(entry(handshake, 'm'), 'd11:ut_metadatai3e6:ut_pexi1ee')
  t.equal(entry(entry(handshake, 'm') ?? '', 'ut_metadata'), 'i3e')
  t.equal(entry(handshake, 'v'), '5:peer:')
  t.equal(entry(handshake, 'p'), undefined)
  t.equal(entry('de', 'm'), undefined)
  t.equal(entry('d8:msg_typei1e5:piecei0ee and a block behind it', 'piece'), 'i0e', 'whatever follows')
  t.equal(entry('d1:ald1:bleee1:c0:e', 'c'), '0:', 'behind lists and dictionaries')
})

t.test('what is no bencoding has no entries, and ends', async (t) => {
  const wrong = [
    '', 'd', 'd1:m', 'd1:md', 'd1:mi', 'd1:mi3', 'd1:m4:abc', 'd1:m99999999:a', 'd1:mx', 'd-3:', 'd1:al-3:e1:mi1ee',
    'd1:m-1:e', 'i3e', 'l1:mi3ee', '1:m', 'd:i3ee', 'de1:mi3e', 'd1:a', 'd1:aee1:mi1ee'
  ]
  for (const text of wrong) t.equal(entry(text, 'm'), undefined, JSON.stringify(text))
  const deep = 'd1:m' + 'l'.repeat(65_000)
  t.equal(entry(deep, 'm'), undefined, 'as deep as it likes')
  t.equal(entry(`${deep}${'e'.repeat(65_001)}`, 'm')?.length, 130_000)
})

t.test('an integer from 0', async (t) => {
  const value = (text: string): number | undefined => bencodedInteger(Buffer.from(text))
  t.same(['i0e', 'i7e', 'i255e', 'i999999999999999e'].map(value), [0, 7, 255, 999_999_999_999_999])
  t.same(
    ['i-1e', 'i-0e', 'i01e', 'ie', 'i1', 'i1.5e', 'i1e9e', 'i1000000000000000e', '1:1', 'le', '', 'xi1e'].map(value),
    Array.from({ length: 12 })
  )
  t.equal(bencodedInteger(undefined), undefined)
})
