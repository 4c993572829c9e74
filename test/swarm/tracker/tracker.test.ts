import t from 'tap'
import type { Test } from 'tap'
import type { PublicTorrent, PublicTorrents } from '../../../src/swarm/public-torrents.js'
import { SeederAddress } from '../../../src/swarm/seeder/seeder-address.js'
import { Seeder } from '../../../src/swarm/seeder/seeder.js'
import type { SeederParts } from '../../../src/swarm/seeder/seeder.js'
import { Swarms } from '../../../src/swarm/tracker/swarms.js'
import { Tracker } from '../../../src/swarm/tracker/tracker.js'
import type { AnnounceReply, AnnounceRequest } from '../../../src/swarm/tracker/tracker.js'

const INFO_HASH = Buffer.alloc(20, 1)
const OWN = '7f0000011ae1'

/** A tracker of one torrent, beside a seeder. */
function tracking (t: Test, pieceLength = 16_384): { tracker: Tracker, announce: (request?: Partial<AnnounceRequest>) => Promise<AnnounceReply> } {
  const object = { bucket: 'media', key: 'film.bin' }
  const torrent: PublicTorrent = { object, identity: { origin: 'here', ...object, etag: '"1"', size: 2 ** 36, pieceLength, format: 'v1' } }
  const torrents: Partial<PublicTorrents> = { find: async () => torrent }
  const parts: Partial<SeederParts> = { uploadSlots: 1, address: new SeederAddress({ port: 6881, host: '127.0.0.1', told: undefined }) }
  const seeder = new Seeder(parts as SeederParts)
  const tracker = new Tracker({ torrents: torrents as PublicTorrents, seeder, swarms: new Swarms(60), interval: 30 })
  t.teardown(() => {
    tracker.close()
    seeder.close()
  })
  const usual: AnnounceRequest = { infoHash: INFO_HASH, address: Buffer.from([127, 0, 0, 1]), port: 1000, left: 1, event: undefined, numwant: undefined, reached: undefined }
  return { tracker, announce: (request) => tracker.announce({ ...usual, ...request }) }
}

t.test('the own seeder is a peer of what it seeds', async (t) => {
  const { tracker, announce } = tracking(t)
  const { complete, incomplete, peers } = await announce()
  t.same([complete, incomplete, peers.toString('hex')], [1, 1, OWN])
  t.same([...await tracker.scrape([INFO_HASH])], [[INFO_HASH.toString('hex'), { complete: 1, incomplete: 1, downloaded: 0 }]])
})

t.test('and of no other: pieces that are too long to be read whole', async (t) => {
  const { tracker, announce } = tracking(t, 2 ** 25)
  const { complete, incomplete, peers } = await announce()
  t.same([complete, incomplete, peers.toString('hex')], [0, 1, ''])
  t.same([...await tracker.scrape([INFO_HASH])], [[INFO_HASH.toString('hex'), { complete: 0, incomplete: 1, downloaded: 0 }]])
})

t.test('who has nothing left may have a magnet link and nothing else, as aria2', async (t) => {
  const { announce } = tracking(t)
  t.equal((await announce({ left: 0, event: 'started' })).peers.toString('hex'), OWN)
  t.equal((await announce({ left: 0, event: 'started', numwant: 0 })).peers.toString('hex'), '')
})
