import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { runServer, startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const origin = await startFaultyOrigin(t)
const objects = Array.from({ length: 40 }, (_, i) => ({
  size: 100_000 + 150_000 * i, seed: i % 5, faults: { bytesPerSecond: 20_000_000 }
}))

t.test('F23: two servers on one data directory', async (t) => {
  const directory = t.testdir({})
  const args = ['--origin', origin.endpoint, '--data-dir', directory, '--store-size', '4000000']
  const servers = await Promise.all([startServer(t, { args }), startServer(t, { args })])
  const [first] = servers
  const { put, ask } = hashing(origin, first)
  const all = objects.map((options) => ({ options, ...put(options) }))
  const done = new AbortController()
  const outcomes = { verified: 0, commands: 0 }
  const meanwhile = (async () => {
    while (!done.signal.aborted) {
      for (const action of ['stats', 'verify']) {
        const { code, stdout, stderr } = await runServer(['store', action, '--data-dir', directory])
        outcomes.commands++
        if (code !== 0 || stderr !== '') t.fail(`${action}: ${code} ${stdout} ${stderr}`)
      }
      await sleep(500, undefined, { ref: false })
    }
  })()
  for (let round = 0; round < 3; round++) {
    await Promise.all(servers.flatMap((server, index) => all.map(async ({ key, options }, i) => {
      await sleep((i * 37 + index * 11) % 400)
      const outcome = await outcomeOf(await ask(key, server), options)
      if (outcome !== 'torrent of 0') t.fail(`${key} of server ${index}: ${outcome}`)
      outcomes.verified++
    })))
    if (round === 0) {
      for (const { object } of all) t.ok(object.bytesSent <= 2 * object.size, 'read by each once at most')
    }
  }
  const read = origin.bytesSent
  await Promise.all(servers.flatMap((server) => all.map(
    async ({ key, options }) => t.equal(await outcomeOf(await ask(key, server), options), 'torrent of 0', key)
  )))
  t.equal(origin.bytesSent, read, 'all of them are known')
  t.same(
    (await runServer(['store', 'clear', '--data-dir', directory])).stdout,
    'Forgot the hashes of 40 objects.\n',
    'cleared while they run'
  )
  const forgotten = await Promise.all(
    servers.flatMap((server) => all.map(async ({ key, options }) => outcomeOf(await ask(key, server), options)))
  )
  t.ok(forgotten.every((outcome) => outcome === 'torrent of 0'), 'they go on')
  t.ok(origin.bytesSent > read, 'and hash again')
  done.abort()
  await meanwhile
  t.comment(`${outcomes.verified} torrents verified while ${outcomes.commands} store commands ran`)
  const known = origin.bytesSent
  t.same(await servers[1]?.stop(), { code: 0, signal: null })
  t.equal(await outcomeOf(await ask(all[0]?.key ?? ''), all[0]?.options ?? {}), 'torrent of 0', 'the other one ended')
  t.equal(origin.bytesSent, known)
  for (const server of servers) t.notMatch(server.stderr(), /"level":[45]0/, 'nothing to warn of')
})

t.test('F23: one of two is killed, again and again', async (t) => {
  const directory = t.testdir({})
  const args = ['--origin', origin.endpoint, '--data-dir', directory, '--log-level', 'warn']
  const stays = await startServer(t, { args })
  const { put, ask } = hashing(origin, stays)
  for (let kill = 0; kill < 4; kill++) {
    const dies = await startServer(t, { args })
    const all = objects.map((options) => ({ options, ...put({ ...options, etag: `kill ${kill}` }) }))
    const answers = all.flatMap(({ key, options }) => [
      stays, dies
    ].map(async (server) => ({
      server,
      outcome: await outcomeOf(
        await ask(key, server).catch(() => ({
          status: 0, complete: false, body: Buffer.alloc(0), headers: {}, rawHeaders: []
        })),
        options
      )
    })))
    await sleep(150 + 220 * kill)
    await dies.stop('SIGKILL')
    const outcomes = await Promise.all(answers)
    t.ok(outcomes.every(
      ({ server, outcome }) => outcome === 'torrent of 0' || (server === dies && ['broken off', 'status 0'].includes(
        outcome
      ))
    ), `kill ${kill}`)
  }
  t.notMatch(stays.stderr(), /"level":[45]0/, 'nothing to warn of')
  t.match(await runServer(['store', 'verify', '--data-dir', directory]), { code: 0, stdout: /all whole/ })
})

t.test('servers that start at the same moment, where there is no store yet', async (t) => {
  for (let round = 0; round < 2; round++) {
    const directory = t.testdir({})
    const args = ['--origin', origin.endpoint, '--data-dir', directory, '--log-level', 'warn']
    const servers = await Promise.all(Array.from({ length: 4 }, () => startServer(t, { args })))
    for (const server of servers) t.equal(server.stderr(), '')
    t.same(readdirSync(directory).filter((name) => name.includes('damaged')), [])
    const [first] = servers as [Server]
    const { key, object } = await hashing(origin, first).right(t, { size: 300_000, seed: 1 }, 'hashed by one')
    for (const server of servers) t.equal((await hashing(origin, server).ask(key)).status, 200)
    t.equal(object.bytesSent, 300_000, 'and known to all')
    await Promise.all(servers.map((server) => server.stop()))
  }
})
