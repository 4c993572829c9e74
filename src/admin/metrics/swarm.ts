import { bandwidthSaved, trafficOf } from '../readings.js'
import type { Readings } from '../readings.js'
import type { Series } from './series.js'

export function addSwarm (series: Series, readings: Readings): void {
  const { delivery, swarms, seeder } = readings
  series.counter(
    'sent_bytes_total',
    'Bytes of objects sent to swarms',
    () => [[{ by: 'web_seed' }, delivery.counts.webSeed], [{ by: 'seeder' }, delivery.counts.seeder]]
  )
  series.counter(
    'swarm_downloaded_bytes_total',
    'Bytes that swarms have downloaded from anywhere, as peers have announced it, and at the least what was sent ' +
    'to them',
    () => trafficOf(readings).downloaded
  )
  series.gauge(
    'bandwidth_saved_ratio',
    'The part of swarm_downloaded_bytes that was not read at the origin, hashing included; nothing: nothing was ' +
    'downloaded',
    () => bandwidthSaved(trafficOf(readings)) ?? []
  )
  series.gauge('swarms', 'Torrents with a peer that the tracker knows', () => swarms.swarms)
  series.gauge('swarm_peers', 'Peers that the tracker knows', () => {
    const { seeders, leechers } = swarms.peers
    return [[{ role: 'seeder' }, seeders], [{ role: 'leecher' }, leechers]]
  })
  series.gauge('seeder_peers', 'Peers that are connected to the seeder', () => seeder?.peers ?? 0)
}

export function addTrackers (series: Series, { trackers }: Readings): void {
  const each = (count: 'announces' | 'scrapes' | 'refusals') => () => trackers.map(
    ({ name, counts }) => [{ transport: name }, counts[count]] as const
  )
  series.counter('announces_total', 'Announces', each('announces'))
  series.counter('scrapes_total', 'Scrapes', each('scrapes'))
  series.counter(
    'tracker_refusals_total', 'Announces and scrapes that were answered with a failure reason', each('refusals')
  )
}
