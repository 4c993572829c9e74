import t from 'tap'
import type { Faults } from '../support/faults.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)
const gentle = await startServer(t, {
  args: ['--origin', origin.endpoint, '--reads-per-object', '2', '--reads', '4', '--log-level', 'warn']
})
const { put, ask, readsOf } = hashing(origin, gentle)

t.test('F6: the object is replaced while it is hashed', async (t) => {
  const RUNS = 20
  const size = 100_000_000
  const outcomes = new Map<string, number>()
  for (let run = 0; run < RUNS; run++) {
    const bytes = run === 0 ? 1 : Math.floor(size * run / RUNS)
    const faults: Faults = run % 2 === 0 ? {} : { cutAfter: 20 * MIB, times: 3 }
    const [before, after] = [{ size, seed: 4 }, { size, seed: 5, public: true }]
    const { key } = put({ ...before, faults, replaceAfter: { bytes, with: after } })
    const outcome = await outcomeOf(await ask(key, gentle), before, after)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    t.ok(['torrent of 0', 'torrent of 1', 'broken off'].includes(outcome), `replaced after ${bytes} bytes: ${outcome}`)
    t.equal(await outcomeOf(await ask(key, gentle), before, after), 'torrent of 1', 'and asked again')
  }
  t.comment(`F6: ${RUNS} runs, ${JSON.stringify(Object.fromEntries(outcomes))}`)
  t.ok((outcomes.get('broken off') ?? 0) > 3, JSON.stringify(Object.fromEntries(outcomes)))
})

t.test('F6: replaced when the answer has begun, before the first piece is whole: it is broken off', async (t) => {
  for (const size of [50_000, 60_000_000]) {
    const [before, after] = [{ size, seed: 4 }, { size: size + 20_000, seed: 5, public: true }]
    const { key } = put({ ...before, faults: { cutAfter: 5_000 }, replaceAfter: { bytes: 5_000, with: after } })
    t.equal(await outcomeOf(await ask(key), before, after), 'broken off', `${size} bytes`)
    t.equal(await outcomeOf(await ask(key), before, after), 'torrent of 1', 'and asked again')
  }
})

t.test('F6: replaced by one that nobody may read, or removed', async (t) => {
  const size = 60_000_000
  const options = {
    size,
    seed: 4,
    faults: { cutAfter: 5 * MIB },
    replaceAfter: { bytes: 20_000_000, with: { size, seed: 4, public: false } }
  }
  t.equal(await outcomeOf(await ask(put(options).key), options), 'broken off', '403 ends the job')
  const { key } = put({ size, seed: 4, faults: { bytesPerSecond: 20 * MIB, cutAfter: 3 * MIB } })
  const asked = ask(key)
  await until('it is read', () => readsOf(key).some(({ bytesSent }) => bytesSent > MIB))
  origin.remove('bkt', key)
  t.equal(await outcomeOf(await asked, { size, seed: 4 }), 'broken off', '404 too')
})
