import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Identity } from '../../src/torrent/identity.js'
import { InfoHash } from '../../src/torrent/info-hash.js'
import { PieceDigests } from '../../src/torrent/piece-digests.js'
import { asMetainfo } from '../../src/torrent/torrent-forms.js'
import { infoDictionary, infoFieldsOf, infoHashesOf, torrentOf } from '../../src/torrent/torrent.js'
import { digestsFor, identityFor } from '../store/conformance.js'

const NOWHERE = { trackers: [], webSeeds: [], exactSource: undefined, lastModified: undefined }

t.test('the seeder seeds the info dictionary that is in the metainfo file', async (t) => {
  for (const xAmzInfo of [false, true]) {
    const identity = { ...identityFor('folder/film.mkv'), xAmzInfo }
    const digests = digestsFor('film')
    const torrent = torrentOf(identity, NOWHERE)
    const whole = asMetainfo(torrent).whole(digests)
    const info = infoDictionary(infoFieldsOf(identity), digests)
    t.ok(whole.includes(Buffer.concat([Buffer.from('4:info'), info])))
    t.strictSame(infoHashesOf(torrent, digests), { v1: InfoHash.ofInfo(info), v2: undefined })
  }
})

t.test('the torrent that S3 itself made in 2010 has the info hash that we issue', async (t) => {
  const s3 = readFileSync(new URL('s3-2010.torrent', import.meta.url))
  const at = s3.indexOf('6:pieces20:') + 11
  const identity: Identity = {
    origin: 'https://s3.amazonaws.com',
    bucket: 'geemus',
    key: 'fog.png',
    etag: '"1"',
    size: 14_136,
    pieceLength: 262_144,
    metaVersion: 1,
    xAmzInfo: true
  }
  const info = s3.subarray(s3.indexOf('4:info') + 6, -1)
  t.strictSame(
    infoHashesOf(infoFieldsOf(identity), PieceDigests.of(s3.subarray(at, at + 20), 1)),
    { v1: InfoHash.ofInfo(info), v2: undefined }
  )
})
