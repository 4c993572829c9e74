import { readFileSync } from 'node:fs'
import t from 'tap'
import { metainfoOf } from '../support/metainfo.js'

const fields = {
  announce: [],
  creationDate: new Date('2026-01-02T03:04:05.678Z'),
  length: 40000,
  name: 'ü.bin',
  pieceLength: 16384,
  urlList: []
}

const whole = (...of: Parameters<typeof metainfoOf>): string => metainfoOf(...of).toString('latin1')

t.test('the smallest metainfo, every byte', async (t) => {
  t.equal(whole(fields), Buffer.from(
    'd10:created by14:object-torrent13:creation datei1767323045e8:encoding5:UTF-8' +
    `4:infod6:lengthi40000e4:name6:ü.bin12:piece lengthi16384e6:pieces60:${'x'.repeat(60)}ee`).toString('latin1'))
})

t.test('trackers in tiers (BEP 12) and web seeds (BEP 19), keys sorted', async (t) => {
  const text = whole({
    ...fields, announce: [['http://a/announce', 'udp://b:1'], ['http://c/announce']], urlList: ['http://s/k']
  })
  t.ok(text.startsWith(
    'd8:announce17:http://a/announce13:announce-listll17:http://a/announce9:udp://b:1el17:http://c/announceee' +
      '10:created by'
  ))
  t.ok(text.endsWith('e8:url-listl10:http://s/kee'))
})

t.test('the torrent that S3 itself made in 2010: our info dictionary is its, byte for byte', async (t) => {
  const s3 = readFileSync(new URL('s3-2010.torrent', import.meta.url)).toString('latin1')
  const pieces = Buffer.from(s3.slice(s3.indexOf('6:pieces20:') + 11).slice(0, 20), 'latin1')
  const ours = whole({
    ...fields,
    announce: [['http://tracker.amazonaws.com:6969/announce']],
    length: 14136,
    name: 'fog.png',
    pieceLength: 262144,
    origin: { bucket: 'geemus', key: 'fog.png' }
  }, pieces)
  const info = (text: string) => text.slice(text.indexOf('4:infod'))
  t.equal(info(ours), info(s3))
  t.ok(ours.startsWith(s3.slice(0, s3.indexOf('4:infod'))), 'and the trackers before it')
})

t.test('lengths beyond 32 and 53 bits', async (t) => {
  t.match(whole({ ...fields, length: 5368709119, pieceLength: 4194304 }), '6:lengthi5368709119e')
  t.throws(() => whole({ ...fields, length: 2 ** 60, pieceLength: 2 ** 55 }), TypeError)
})
