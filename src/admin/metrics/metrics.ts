import type { Registry } from 'prom-client'
import type { BucketEvents } from '../../warming/bucket-events.js'
import type { Readings } from '../readings.js'
import { addHashing, addOriginAndStore } from './hashing.js'
import { addRequests } from './requests.js'
import { Series } from './series.js'
import { addSwarm, addTrackers } from './swarm.js'

/** `/metrics` for Prometheus. Labels are S3's codes and our own few words: no bucket, no key, no address. */
export function createMetrics (
  readings: Readings, events: Pick<BucketEvents, 'counts' | 'waiting'>, version: string
): Registry {
  const series = new Series()
  series.gauge('info', 'The version that runs', () => [[{ version }, 1]])
  addRequests(series, readings)
  addHashing(series, readings)
  addOriginAndStore(series, readings)
  addSwarm(series, readings)
  addTrackers(series, readings)
  addBucketEvents(series, events)
  return series.registry
}

function addBucketEvents (series: Series, events: Pick<BucketEvents, 'counts' | 'waiting'>): void {
  series.counter(
    'bucket_events_total',
    'New objects that bucket notifications named, by what became of them',
    () => Object.entries(events.counts).map(([outcome, count]) => [{ outcome }, count as number])
  )
  series.gauge('bucket_events_waiting', 'New objects that wait to be hashed', () => events.waiting)
}
