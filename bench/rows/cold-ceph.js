import { GiB } from '../lib/bench.js'
import { CEPH, startCeph } from '../lib/ceph.js'
import { get } from '../lib/client.js'
import { BUCKET } from '../lib/content.js'
import { moreThan, notRun, speedRatio } from '../lib/line.js'
import { SPEED, alternateSeveral, secondsOf } from '../lib/measure.js'
import { peers } from '../lib/peers.js'
import { missing } from '../lib/programs.js'
import { coldSpeed, warmUpObject } from '../lib/server.js'
import { checkTorrent } from '../lib/torrent.js'

export const coldCeph = {
  name: 'cold-ceph',
  what: 'cold 1 GiB, Ceph',
  needs: CEPH,
  rounds: 3,
  async run (bench) {
    const object = bench.content.random('object', bench.scaled(GiB))
    const ceph = await startCeph(bench, [object, warmUpObject(bench)])
    const all = peers(bench, ceph, object).map((peer) => ({ ...peer, missing: missing(peer.needs) }))
    const able = all.filter((peer) => peer.missing.length === 0)
    const own = await ownTorrent(ceph, object)
    /** @typedef {import('../lib/line.js').Goal} Goal */
    /** @type {Array<{ name: string, goal: Goal, speed: () => Promise<Record<string, number>> }>} */
    const beside = own.speed === undefined ? able : [...able, { name: own.name, goal: own.goal, speed: own.speed }]
    const others = Object.fromEntries(beside.map(({ name, speed }) => [name, speed]))
    const { ours, ...theirs } = await alternateSeveral(bench, SPEED, {
      ours: () => coldSpeed(bench, [object], ceph.asOrigin), ...others
    })
    return [
      ...beside.map(({ name, goal }) => speedRatio({
        what: this.what, ours, beside: name, theirs: theirs[name], goal
      })),
      ...all.filter((peer) => !able.includes(peer)).map(
        ({ name, missing }) => notRun(`${this.what}: ${name}`, `missing: ${missing.join(', ')}`)
      ),
      ...own.speed === undefined ? [notRun(`${this.what}: ${own.name}`, own.why)] : []
    ]
  }
}

// Ceph has a ?torrent of its own. It is off by default, and answers only objects that were uploaded in one part while it
// was on.
async function ownTorrent (ceph, object) {
  const name = "Ceph's own ?torrent"
  const url = `${ceph.url}/${BUCKET}/${object.key}?torrent`
  try {
    checkTorrent(await get(url), object)
  } catch (error) {
    return { name, why: error.message }
  }
  // The processor time of Ceph is spread over its daemons, and not counted.
  const speed = async () => ({ speed: object.size / 1e6 / await secondsOf(() => get(url)) })
  return { name, goal: moreThan(1), speed }
}
