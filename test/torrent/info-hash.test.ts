import { createHash } from 'node:crypto'
import t from 'tap'
import { InfoHash, MalformedInfoHash } from '../../src/torrent/info-hash.js'

const BYTES = createHash('sha1').update('info').digest()
const HEX = BYTES.toString('hex')

t.test('of 20 bytes, of 40 hexadecimal digits, of an info dictionary', async (t) => {
  for (const infoHash of [
    InfoHash.ofBytes(BYTES), InfoHash.ofBytes(new Uint8Array(BYTES)), InfoHash.ofHex(HEX),
    InfoHash.ofHex(HEX.toUpperCase()), InfoHash.ofInfo(Buffer.from('info'))
  ]) {
    t.equal(infoHash.hex, HEX)
    t.strictSame(infoHash.bytes, BYTES)
    t.ok(infoHash.equals(InfoHash.ofBytes(BYTES)))
    t.notOk(infoHash.equals(InfoHash.ofBytes(Buffer.alloc(20))))
  }
})

t.test('of nothing else', async (t) => {
  for (const length of [0, 19, 21, 32, 40]) {
    t.throws(() => InfoHash.ofBytes(Buffer.alloc(length)), MalformedInfoHash, `${length} bytes`)
  }
  for (const digits of ['', HEX.slice(1), `${HEX}0`, HEX.replace(/^./, 'g'), ` ${HEX.slice(1)}`, `${HEX}\n`]) {
    t.throws(() => InfoHash.ofHex(digits), MalformedInfoHash, JSON.stringify(digits))
  }
})
