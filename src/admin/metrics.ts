import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { BucketEvents } from '../warming/bucket-events.js'
import type { Readings } from './readings.js'
import { bandwidthSaved, trafficOf } from './readings.js'

// A stored torrent takes a millisecond, a cold one of 5 GB minutes.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

type Values = ReadonlyArray<readonly [labels: Record<string, string>, value: number]>

/** `/metrics` for Prometheus. Labels are S3's codes and our own few words: no bucket, no key, no address. */
export function createMetrics (readings: Readings, events: BucketEvents, version: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry }) // the process, its heap, event-loop delay
  const counter = (name: string, help: string, read: () => Values): void => {
    const metric: Counter = new Counter({
      name: `object_torrent_${name}`,
      help,
      labelNames: [...LABELS],
      registers: [registry],
      collect () {
        metric.reset()
        for (const [labels, value] of read()) metric.inc(labels, value)
      }
    })
  }
  const gauge = (name: string, help: string, read: () => Values): void => {
    const metric: Gauge = new Gauge({
      name: `object_torrent_${name}`,
      help,
      labelNames: [...LABELS],
      registers: [registry],
      collect () {
        metric.reset()
        for (const [labels, value] of read()) metric.set(labels, value)
      }
    })
  }
  const { requests, digests, hasher, store, uploads, swarms, seeder, ownKeyPairState, trackers } = readings

  gauge('info', 'The version that runs', () => [[{ version }, 1]])
  counter('requests_total', 'Answers by operation and S3 code (OK, NotModified, or the error)', () => requests.all.map(
    ({ operation, code, count }) => [{ operation, code }, count]
  ))
  counter(
    'requests_dropped_total',
    'Pipelined requests that were never begun, because their connection closed before their turn',
    () => [[{}, requests.dropped]]
  )
  counter('response_bytes_total', 'Bytes of bodies sent, by operation', () => requests.operations.map(
    (operation) => [{ operation }, requests.bytesOf(operation)]
  ))
  const durations = new Histogram({
    name: 'object_torrent_request_duration_seconds',
    help: 'From the head of a request to the last byte of its answer',
    labelNames: [
      'operation'
    ],
    buckets: SECONDS,
    registers: [registry]
  })
  requests.onRequest((operation, { seconds }) => durations.observe({ operation }, seconds))

  counter(
    'torrents_total',
    'Torrents answered, by where their hashes came from: all stored, a running job joined, a job begun',
    () => Object.entries(digests).map(([source, count]) => [{ source }, count])
  )
  counter('hashed_bytes_total', 'Bytes of pieces that were hashed', () => [[{}, hasher.counts.bytes]])
  counter('hash_jobs_total', 'Objects of which hashing has begun', () => [[{}, hasher.counts.jobs]])
  counter('hash_jobs_failed_total', 'Of them, those that failed', () => [[{}, hasher.counts.failed]])
  gauge('hash_jobs', 'Objects that are hashed now, and that wait for their turn', () => {
    const { jobs } = hasher
    const running = jobs.filter(({ inTurn }) => inTurn).length
    return [[{ state: 'running' }, running], [{ state: 'waiting' }, jobs.length - running]]
  })
  counter('origin_bytes_total', 'Bytes read at the origin: to hash, for web seed and seeder, for GetObject', () => {
    const { originHashing, originSwarm, originObjects } = trafficOf(readings)
    return [
      [{ purpose: 'hashing' }, originHashing], [{ purpose: 'swarm' }, originSwarm],
      [{ purpose: 'object' }, originObjects]
    ]
  })

  gauge(
    'own_key_pair_refused',
    'Whether the origin refuses the key pair with which the server reads what --public publishes',
    () => [[{}, ownKeyPairState.refused === undefined ? 0 : 1]]
  )

  gauge('store_bytes', 'Bytes of the store that are used, about', () => [[{}, store.space.used]])
  gauge('store_max_bytes', 'Bytes of the store that may be used', () => [[{}, store.space.max]])

  counter(
    'sent_bytes_total',
    'Bytes of objects sent to swarms',
    () => [[{ by: 'web_seed' }, uploads.counts.webSeed], [{ by: 'seeder' }, uploads.counts.seeder]]
  )
  counter(
    'swarm_downloaded_bytes_total',
    'Bytes that swarms have downloaded from anywhere, as peers have announced it, and at the least what was sent ' +
    'to them',
    () => [[{}, trafficOf(readings).downloaded]]
  )
  gauge('bandwidth_saved_ratio', 'The part of swarm_downloaded_bytes that was not read at the origin, hashing ' +
    'included; nothing: nothing was downloaded', () => {
    const saved = bandwidthSaved(trafficOf(readings))
    return saved === undefined ? [] : [[{}, saved]]
  })
  gauge('swarms', 'Torrents with a peer that the tracker knows', () => [[{}, swarms.size]])
  gauge(
    'swarm_peers',
    'Peers that the tracker knows',
    () => [[{ role: 'seeder' }, swarms.count('seeder')], [{ role: 'leecher' }, swarms.count('leecher')]]
  )
  gauge('seeder_peers', 'Peers that are connected to the seeder', () => [[{}, seeder?.peers ?? 0]])
  const transports = Object.entries(trackers).flatMap(
    ([transport, counts]) => counts === undefined ? [] : [{ transport, counts }]
  )
  counter(
    'announces_total', 'Announces', () => transports.map(({ transport, counts }) => [{ transport }, counts.announces])
  )
  counter('scrapes_total', 'Scrapes', () => transports.map(({ transport, counts }) => [{ transport }, counts.scrapes]))
  counter(
    'tracker_refusals_total',
    'Announces and scrapes that were answered with a failure reason',
    () => transports.map(({ transport, counts }) => [{ transport }, counts.refusals])
  )
  counter(
    'bucket_events_total',
    'New objects that bucket notifications named, by what became of them',
    () => Object.entries(events.counts).map(([outcome, count]) => [{ outcome }, count as number])
  )
  gauge('bucket_events_waiting', 'New objects that wait to be hashed', () => [[{}, events.waiting]])
  return registry
}

const LABELS = [
  'version', 'operation', 'code', 'source', 'state', 'purpose', 'by', 'role', 'transport', 'outcome'
] as const
