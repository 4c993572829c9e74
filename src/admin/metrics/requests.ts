import { Histogram } from 'prom-client'
import type { Readings } from '../readings.js'
import { PREFIX } from './series.js'
import type { Series } from './series.js'

// A stored torrent takes a millisecond, a cold one of 5 GB minutes.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export function addRequests (series: Series, { requests }: Readings): void {
  series.counter(
    'requests_total',
    'Answers by operation and S3 code (OK, NotModified, or the error)',
    () => requests.all.map(({ operation, code, count }) => [{ operation, code }, count])
  )
  series.counter(
    'requests_dropped_total',
    'Pipelined requests that were never begun, because their connection closed before their turn',
    () => requests.dropped
  )
  series.counter(
    'response_bytes_total',
    'Bytes of bodies sent, by operation',
    () => requests.operations.map((operation) => [{ operation }, requests.bytesOf(operation)])
  )
  const durations = new Histogram({
    name: `${PREFIX}request_duration_seconds`,
    help: 'From the head of a request to the last byte of its answer',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers: [series.registry]
  })
  requests.onRequest((operation, { seconds }) => durations.observe({ operation }, seconds))
}
