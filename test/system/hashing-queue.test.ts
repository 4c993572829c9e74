import { join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024
const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const BOB = { accessKeyId: 'AKIABOB', secretAccessKey: 'bob-secret-bob-secret' }
const LIMIT_MS = 110_000

const origin = await startFaultyOrigin(t)
const credentials = join(t.testdir({ credentials: credentialsText({ alice: ALICE, bob: BOB }) }), 'credentials')

/** A queue of 20 before 2 turns: two jobs of 256 MiB at this pace end their turns after some 13 s. */
const startNarrow = (maxQueue: number) =>
  startServer(t, {
    args: [
      '--origin', origin.endpoint, '--credentials-file', credentials, '--max-jobs', '2', '--max-queue', String(
        maxQueue
      ),
      '--job-grace', '0', '--log-level', 'warn', '--max-requests-per-address', '0'
    ]
  })
const BIG = { size: 1024 * MIB, seed: 31 }
const slowly = (): { bytesPerSecond: number } => ({ bytesPerSecond: 20 * MIB })

interface Asked {
  readonly key: string
  readonly answer: Promise<HttpResponse>
  settled: HttpResponse | undefined
}

function asking (key: string, url: string, headers: Record<string, string>, signal?: AbortSignal): Asked {
  const asked: Asked = {
    key, answer: httpGet(url, { headers, timeoutMs: LIMIT_MS, ...(signal && { signal }) }), settled: undefined
  }
  asked.answer.then((response) => { asked.settled = response }, () => {})
  return asked
}

t.test('S80: 300 big objects by one access key: the queue is bounded, and others are served', async (t) => {
  if (!need(t, 'python-boto3')) return
  const narrow = await startNarrow(20)
  const { put, right } = hashing(origin, narrow)
  const keys = Array.from({ length: 300 }, () => put({ ...BIG, faults: slowly() }).key)
  const small = { size: 1_000_000, seed: 32 }
  const bobs = put(small).key
  const urlOf = (key: string): string => `${narrow.url}/bkt/${key}?torrent`
  const [ofBob, ...ofAlice] = signWithBotocore([
    { scheme: 'v4', url: urlOf(bobs), ...BOB },
    ...keys.map((key) => ({ scheme: 'v4' as const, url: urlOf(key), ...ALICE }))
  ])
  const leaving = new AbortController()
  const asked = ofAlice.map(
    ({ headers }, index) => asking(keys[index] ?? '', urlOf(keys[index] ?? ''), headers, leaving.signal)
  )
  const pending = (): number => asked.filter(({ settled }) => settled === undefined).length
  await until('the others are answered', () => pending() <= 12)
  t.equal(pending(), 12, 'two are hashed, and ten, half of the queue, wait')
  const refused = asked.flatMap(({ settled }) => settled ?? [])
  t.same(
    [...new Set(refused.map(({ status, body }) => `${status} ${/<Code>(\w+)/.exec(body.toString())?.[1]}`))],
    ['503 SlowDown'],
    'the others are told to slow down'
  )
  t.ok(refused.every(({ headers }) => /^[1-9]\d*$/.test(headers['retry-after'] ?? '')), 'and when to come again')
  const read = new Set(origin.requests.filter(({ method, bytesSent }) => method === 'GET' && bytesSent > 1).map(
    ({ url }) => url.split('?')[0]
  ))
  t.equal(read.size, 2, 'two objects are read')

  await Promise.all([
    right(t, small, 'somebody without a signature is served').then(
      () => t.equal(pending(), 12, 'before any of the big ones')
    ),
    asking(bobs, urlOf(bobs), ofBob?.headers ?? {}).answer.then(
      async (response) => t.equal(await outcomeOf(response, small), 'torrent of 0', 'and so is another access key')
    )
  ])
  leaving.abort()
  await Promise.all(asked.map(({ answer }) => answer))
  await right(t, small, 'and when they have left, everybody is')
})

t.test('small objects do not wait for big ones, of the same access key either', async (t) => {
  const narrow = await startNarrow(1000)
  const { put } = hashing(origin, narrow)
  const leaving = new AbortController()
  const ask = (key: string): Asked => asking(key, `${narrow.url}/bkt/${key}?torrent`, {}, leaving.signal)
  const big = Array.from({ length: 2 }, () => ask(put({ ...BIG, faults: slowly() }).key))
  await until('both big ones are read', () => big.every(
    ({ key }) => origin.requests.some(({ url, bytesSent }) => url.includes(key) && bytesSent > 1)
  ))
  const options = { size: 5_000_000, seed: 33 }
  const small = Array.from({ length: 20 }, () => ask(put(options).key))
  const outcomes = await Promise.all(small.map(async ({ answer }) => outcomeOf(await answer, options)))
  t.same([...new Set(outcomes)], ['torrent of 0'])
  t.same(big.map(({ settled }) => settled?.status), [undefined, undefined], 'the big ones are not done')
  const read = big.map(
    ({ key }) => origin.requests.filter(({ url }) => url.includes(key)).reduce(
      (sum, { bytesSent }) => sum + bytesSent, 0
    )
  )
  t.comment(
    `the big ones had ${read.map((bytes) => Math.round(bytes / MIB)).join(' and ')} MiB of their 1024 when 20 ` +
    'small ones were done'
  )
  leaving.abort()
  await Promise.all(big.map(({ answer }) => answer))
})

t.test('a big object that lets others go on is right', async (t) => {
  const narrow = await startServer(t, { args: ['--origin', origin.endpoint, '--max-jobs', '1'] })
  const { put, ask } = hashing(origin, narrow)
  const objects = Array.from({ length: 3 }, (_, index) => ({ size: 600 * MIB + index, seed: 34 }))
  const outcomes = await Promise.all(objects.map(async (options) => outcomeOf(await ask(put(options).key), options)))
  t.same(outcomes, objects.map(() => 'torrent of 0'))
})
