import { get } from '../lib/client.js'
import { atLeast, figure, ratio } from '../lib/line.js'
import { alternate, shown, spread } from '../lib/measure.js'
import { compileAnnounce } from '../lib/native.js'
import { TELLING_MEMORY } from '../lib/needed-memory.js'
import { freePort } from '../lib/ports.js'
import { startServer } from '../lib/server.js'
import { infoHashOf } from '../lib/torrent.js'
import { peersOf, startOpentracker } from '../lib/trackers.js'

const TORRENTS = 50
// Each address has a peer in every torrent.
const ADDRESSES = 2000
const FIRST_ADDRESSES = 60
const AT_ONCE = 64
const SECONDS = 3
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

    const p50s = {}
    const p99s = {}
    const side = (name, tracker, transport) => {
      p50s[name] = []
      p99s[name] = []
      return async () => {
        const { perSecond, p50, p99, resent } = await load(tracker, transport, ADDRESSES, bench.quick ? 1 : SECONDS)
        if (resent > 0) bench.say(`${resent} packets were lost`)
        p50s[name].push(p50)
        p99s[name].push(p99)
        return perSecond
      }
    }
    const rates = await alternate(bench, 'a second', {
      keep: side('keep', ours, 'keep'),
      close: side('close', ours, 'close'),
      closeTheirs: side('closeTheirs', theirs, 'close'),
      udp: side('udp', ours, 'udp'),
      udpTheirs: side('udpTheirs', theirs, 'udp')
    })
    const { length } = rates.keep.samples
    const p99 = (name) => spread('ms', p99s[name].slice(-length))
    const p50 = (name) => shown(spread('ms', p50s[name].slice(-length)).median)
    return [
      figure({ what: `${this.what}, ${TRANSPORTS.keep}`, ours: rates.keep, goal: atLeast(5000) }),
      ...['close', 'udp'].map((name) => ratio({
        what: `${this.what}, ${TRANSPORTS[name]}`,
        ours: rates[name],
        beside: 'opentracker',
        theirs: rates[`${name}Theirs`]
      })),
      figure({ what: `${this.what}, ${TRANSPORTS.keep}: p99`, ours: p99('keep'), beside: `p50: ${p50('keep')} ms` }),
      ...['close', 'udp'].map((name) => ratio({
        what: `${this.what}, ${TRANSPORTS[name]}: p99`,
        ours: p99(
          name
        ),
        beside: `opentracker (p50: ${p50(`${name}Theirs`)} ms, ours ${p50(name)})`,
        theirs: p99(
          `${name}Theirs`
        )
      })),
      ratio({
        what: `${this.what}: memory of each`,
        ours: spread('bytes', [memory.ours]),
        beside: 'opentracker, resident',
        theirs: spread('bytes', [memory.theirs])
      })
    ]
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
  return { url: `http://127.0.0.1:${port}`, memory: server.neededMemory, infoHashes }
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
