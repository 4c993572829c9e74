import { MiB } from '../lib/bench.js'
import { CEPH, startCeph } from '../lib/ceph.js'
import { get } from '../lib/client.js'
import { atLeast, speedRatio } from '../lib/line.js'
import { alternateSeveral } from '../lib/measure.js'
import { compileLoad } from '../lib/native.js'
import { startNginx } from '../lib/nginx.js'
import { costOf } from '../lib/processor-time.js'
import { startServer, warmUpObject } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

const OBJECTS = 16
const SECONDS = 5
const CONNECTIONS = 32

export const storedCeph = {
  name: 'stored-ceph',
  what: 'stored torrents, Ceph',
  needs: ['gcc', ...CEPH],
  async run (bench) {
    const objects = smallObjects(bench)
    const ceph = await startCeph(bench, [...objects, warmUpObject(bench)])
    return [
      await besideHeads(bench, {
        what: this.what, objects, store: ceph.url, options: ceph.asOrigin, goal: atLeast(0.85)
      })
    ]
  }
}

// nginx costs next to nothing, so this row shows the cost of an answer itself. It has no goal.
export const storedNginx = {
  name: 'stored-nginx',
  what: 'stored torrents, nginx',
  needs: ['gcc', 'nginx'],
  rounds: 3,
  async run (bench) {
    const objects = smallObjects(bench)
    const nginx = await startNginx(bench)
    return [await besideHeads(bench, { what: this.what, objects, store: nginx.fast, options: { origin: nginx.fast } })]
  }
}

// Each object has 1,024 pieces and a name of the same length, so that all torrents are equally long: 20 KB.
function smallObjects (bench) {
  return Array.from({ length: OBJECTS }, (_, i) => bench.content.random(`stored-${10 + i}`, bench.scaled(16 * MiB)))
}

async function besideHeads (bench, { what, objects, store, options, goal = undefined }) {
  const load = await compileLoad(bench)
  const server = await startServer(bench, options)
  let bytes
  for (const object of objects) {
    const torrent = await get(server.torrentUrl(object))
    checkTorrent(torrent, object)
    bytes = torrent.length
  }
  const asking = { objects, connections: CONNECTIONS, seconds: bench.quick ? 2 : SECONDS }
  const speeds = await alternateSeveral(bench, { speed: 'a second', processor: 'µs each' }, {
    ours: async () => {
      const { done, processor } = await costOf(
        server.pid, () => load({ ...asking, url: server.url, method: 'GET', query: '?torrent' })
      )
      const { perSecond, bytesEach, count } = done
      if (bytesEach !== bytes) throw new Error(`stored torrents of ${bytes} bytes came as ${bytesEach} bytes`)
      return { speed: perSecond, processor: processor / count * 1e6 }
    },
    theirs: async () => ({ speed: (await load({ ...asking, url: store, method: 'HEAD' })).perSecond })
  })
  return speedRatio({ what, ...speeds, beside: 'HEAD of the same objects at the store', goal })
}
