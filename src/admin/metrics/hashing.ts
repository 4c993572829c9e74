import { trafficOf } from '../readings.js'
import type { Readings } from '../readings.js'
import type { Series } from './series.js'

export function addHashing (series: Series, { digests, hasher }: Readings): void {
  series.counter(
    'torrents_total',
    'Torrents answered, by where their hashes came from: all stored, a running job joined, a job begun',
    () => Object.entries(digests).map(([source, count]) => [{ source }, count])
  )
  series.counter('hashed_bytes_total', 'Bytes of pieces that were hashed', () => hasher.counts.bytes)
  series.counter('hash_jobs_total', 'Objects of which hashing has begun', () => hasher.counts.jobs)
  series.counter('hash_jobs_failed_total', 'Of them, those that failed', () => hasher.counts.failed)
  series.gauge('hash_jobs', 'Objects that are hashed now, and that wait for their turn', () => {
    const { jobs } = hasher
    const running = jobs.filter(({ inTurn }) => inTurn).length
    return [[{ state: 'running' }, running], [{ state: 'waiting' }, jobs.length - running]]
  })
}

export function addOriginAndStore (series: Series, readings: Readings): void {
  const { ownKeyPairState, store } = readings
  series.counter(
    'origin_bytes_total',
    'Bytes read at the origin: to hash, for web seed and seeder, for GetObject',
    () => {
      const { originHashing, originSwarm, originObjects } = trafficOf(readings)
      return [
        [{ purpose: 'hashing' }, originHashing],
        [{ purpose: 'swarm' }, originSwarm],
        [{ purpose: 'object' }, originObjects]
      ]
    }
  )
  series.gauge(
    'own_key_pair_refused',
    'Whether the origin refuses the key pair with which the server reads what --public publishes',
    () => ownKeyPairState.refused === undefined ? 0 : 1
  )
  series.gauge('store_bytes', 'Bytes of the store that are used, about', async () => (await store.space()).used)
  series.gauge('store_max_bytes', 'Bytes of the store that may be used', async () => (await store.space()).max)
}
