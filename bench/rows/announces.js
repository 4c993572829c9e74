import { get } from '../lib/client.js'
import { atLeast, figure, ratio, speedRatio } from '../lib/line.js'
import { alternateSeveral, shown, spread } from '../lib/measure.js'
import { compileAnnounce } from '../lib/native.js'
import { TELLING_MEMORY } from '../lib/needed-memory.js'
import { freePort } from '../lib/ports.js'
import { costOf } from '../lib/processor-time.js'
import { startServer } from '../lib/server.js'
import { infoHashOf } from '../lib/torrent.js'
import { peersOf, startOpentracker } from '../lib/trackers.js'

const TORRENTS = 50
// Each address has a peer in every torrent.
const ADDRESSES = 2000
const FIRST_ADDRESSES = 60
const AT_ONCE = 64
const SECONDS = 3
const UNITS = { speed: 'a second', p50: 'ms', p99: 'ms', processor: 'µs each' }
const TRANSPORTS = { keep: 'connections kept', close: 'a connection each', udp: 'UDP' }

export const announces = {
  name: 'announces',
  what: `announces, ${(TORRENTS * ADDRESSES).toLocaleString('en')} peers`,
  needs: ['gcc', 'opentracker'],
  rounds: 3,
  async run (bench) {
    const announce = await compileAnnounce(bench)
    const { infoHashes, ...ours } = await startOurs(bench)
    const theirs = await startOpentracker(bench, infoHashes)
    const load = (tracker, transport, addresses, seconds) => announce({
      trackerUrl: tracker.url, transport, addresses, atOnce: AT_ONCE, seconds, infoHashes
    })
    const memory = { ours: await bytesEach(ours, infoHashes, load), theirs: await bytesEach(theirs, infoHashes, load) }

    const side = (tracker, transport) => async () => {
      const { done, processor } = await costOf(
        tracker.pid, () => load(tracker, transport, ADDRESSES, bench.quick ? 1 : SECONDS)
      )
      const { count, perSecond, p50, p99, resent } = done
      if (resent > 0) bench.say(`${resent} packets were lost`)
      // Each address has announced a peer once before its time began.
      return { speed: perSecond, p50, p99, processor: processor / (count + ADDRESSES) * 1e6 }
    }
    const measured = await alternateSeveral(bench, UNITS, {
      keep: side(ours, 'keep'),
      close: side(ours, 'close'),
      closeTheirs: side(theirs, 'close'),
      udp: side(ours, 'udp'),
      udpTheirs: side(theirs, 'udp')
    })
    return [
      figure({ what: `${this.what}, ${TRANSPORTS.keep}`, ours: measured.keep.speed, goal: atLeast(5000) }),
      this.rateLine('keep', measured.keep, measured.closeTheirs, 'opentracker, a connection each', atLeast(1)),
      this.rateLine('close', measured.close, measured.closeTheirs, 'opentracker'),
      this.rateLine('udp', measured.udp, measured.udpTheirs, 'opentracker', atLeast(0.25)),
      figure({
        what: `${this.what}, ${TRANSPORTS.keep}: p99`,
        ours: measured.keep.p99,
        beside: `p50: ${shown(measured.keep.p50.median)} ms`
      }),
      this.p99Line('close', measured.close, measured.closeTheirs),
      this.p99Line('udp', measured.udp, measured.udpTheirs),
      ratio({
        what: `${this.what}: memory of each`,
        ours: spread('bytes', [memory.ours]),
        beside: 'opentracker, resident',
        theirs: spread('bytes', [memory.theirs])
      })
    ]
  },

  rateLine (transport, ours, theirs, beside, goal = undefined) {
    return speedRatio({ what: `${this.what}, ${TRANSPORTS[transport]}`, ours, beside, theirs, goal })
  },

  p99Line (transport, ours, theirs) {
    return ratio({
      what: `${this.what}, ${TRANSPORTS[transport]}: p99`,
      ours: ours.p99,
      beside: `opentracker (p50: ${shown(theirs.p50.median)} ms, ours ${shown(ours.p50.median)})`,
      theirs: theirs.p99
    })
  }
}

async function startOurs (bench) {
  const objects = Array.from({ length: TORRENTS }, (_, i) => bench.content.random(`announced-${i}`, 20_000))
  const port = await freePort()
  const server = await startServer(bench, {
    origin: bench.content.dir, nodeArgs: TELLING_MEMORY, args: ['--tracker-port', String(port)]
  })
  const infoHashes = []
  for (const object of objects) infoHashes.push(infoHashOf(await get(server.torrentUrl(object))))
  return { url: `http://127.0.0.1:${port}`, pid: server.pid, memory: server.neededMemory, infoHashes }
}

// The bytes that a tracker grows by for each peer, once many announces of a few peers have warmed it up.
async function bytesEach (tracker, infoHashes, load) {
  await load(tracker, 'close', FIRST_ADDRESSES)
  await load(tracker, 'close', FIRST_ADDRESSES, SECONDS)
  const before = await tracker.memory()
  await load(tracker, 'close', ADDRESSES)
  const peers = await peersOf(tracker.url, infoHashes)
  if (peers.some((count) => count !== ADDRESSES)) throw new Error(`${tracker.url} has not all the peers: ${peers}`)
  return (await tracker.memory() - before) / (TORRENTS * (ADDRESSES - FIRST_ADDRESSES))
}
