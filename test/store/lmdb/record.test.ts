import { randomBytes } from 'node:crypto'
import t from 'tap'
import { partKey, torrentKey } from '../../../src/store/lmdb/record-keys.js'
import { DamagedRecord, decodeRecord, encodeRecord } from '../../../src/store/lmdb/record.js'

const ID = 'a'.repeat(64)
const FACTS = { identity: { key: 'ü "key"' }, created: 1 }
const DIGESTS = randomBytes(200)
const RECORD = encodeRecord(torrentKey(ID), FACTS, DIGESTS)

t.test('what was encoded is decoded', async (t) => {
  t.strictSame(decodeRecord(torrentKey(ID), RECORD), { facts: FACTS, digests: DIGESTS })
  const empty = encodeRecord(torrentKey(ID), {}, Buffer.alloc(0))
  t.strictSame(decodeRecord(torrentKey(ID), empty), { facts: {}, digests: Buffer.alloc(0) })
})

t.test('the digests are no view of the record', async (t) => {
  const record = Buffer.from(RECORD)
  const { digests } = decodeRecord(torrentKey(ID), record)
  record.fill(0)
  t.ok(digests.equals(DIGESTS))
})

t.test('every flip of a byte is noticed', async (t) => {
  let noticed = 0
  for (let at = 0; at < RECORD.length; at++) {
    for (const flip of [1, 0x80, 0xff, 1 + at % 254]) {
      const record = Buffer.from(RECORD)
      record.writeUInt8(record.readUInt8(at) ^ flip, at)
      try {
        decodeRecord(torrentKey(ID), record)
        t.fail(`byte ${at} ^ ${flip}`)
      } catch (error) {
        if (error instanceof DamagedRecord) noticed++
        else t.fail(`byte ${at} ^ ${flip}: ${String(error)}`)
      }
    }
  }
  t.equal(noticed, 4 * RECORD.length)
})

t.test('a record that was cut, or has something behind it', async (t) => {
  for (let length = 0; length < RECORD.length; length++) {
    t.throws(() => decodeRecord(torrentKey(ID), RECORD.subarray(0, length)), DamagedRecord, `${length} bytes`)
  }
  t.throws(() => decodeRecord(torrentKey(ID), Buffer.concat([RECORD, Buffer.alloc(20)])), DamagedRecord)
})

t.test('a record under another key', async (t) => {
  t.throws(() => decodeRecord(torrentKey('b'.repeat(64)), RECORD), DamagedRecord)
  t.throws(() => decodeRecord(partKey(ID, 0), RECORD), DamagedRecord)
  const part = encodeRecord(partKey(ID, 1), {}, DIGESTS)
  t.throws(() => decodeRecord(partKey(ID, 11), part), DamagedRecord)
  t.ok(decodeRecord(partKey(ID, 1), part).digests.equals(DIGESTS))
})

t.test('a record of another version, even a sound one', async (t) => {
  for (const version of [0, 2, 255]) {
    const record = Buffer.from(RECORD)
    record.writeUInt8(version)
    t.throws(() => decodeRecord(torrentKey(ID), record), DamagedRecord)
  }
})
