import t from 'tap'
import { InfoHash } from '../../../../src/torrent/info-hash.js'
import {
  announcePacket, connectPacket, errorPacket, mostPeers, scrapePacket
} from '../../../../src/swarm/tracker/udp/write.js'

const ID = '0102030405060708'
const HASH = 'c9e15763f722f23e98a29decdfae341b98d53056'
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

t.test('answers', async (t) => {
  const hex = (packet: Buffer): string => packet.toString('hex')
  t.equal(hex(connectPacket(0xFFFFFFFE, bytes(ID))), `00000000fffffffe${ID}`)
  t.equal(hex(errorPacket(7, 'no')), '00000003000000076e6f')
  const reply = {
    interval: 900, minInterval: 300, incomplete: 2, complete: 3, downloaded: 4, peers: bytes('c00002011ae1')
  }
  t.equal(hex(announcePacket(7, reply)), '00000001000000070000038400000002' + '00000003c00002011ae1')
  const counts = new Map([[HASH, { complete: 3, downloaded: 4, incomplete: 2 }]])
  t.equal(
    hex(scrapePacket(7, [InfoHash.ofBytes(Buffer.alloc(20)), InfoHash.ofHex(HASH)], counts)),
    `0000000200000007${'00'.repeat(12)}000000030000000400000002`,
    'seeders, completed, leechers'
  )
  for (const stride of [6, 18]) {
    const peers = Buffer.alloc(mostPeers(stride) * stride)
    t.ok(
      announcePacket(7, { ...reply, peers }).length <= 1400 &&
        announcePacket(7, { ...reply, peers }).length > 1400 - stride,
      `${mostPeers(stride)} peers of ${stride} bytes fill a packet`
    )
  }
})
