import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'

const origin = await startFaultyOrigin(t)
const SIZE = 20_000_003

/** Servers with one data directory, none but what it says at a time. */
function serversOf (t: Test): (...args: string[]) => ReturnType<typeof startServer> {
  const directory = join(t.testdir({}), 'not', 'there', 'yet')
  return (...args) => startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', directory, ...args] })
}

t.test('an object is hashed once, also over a restart', async (t) => {
  const start = serversOf(t)
  const first = await start()
  const { put, ask, readsOf } = hashing(origin, first)
  const { key, object } = put({ size: SIZE, seed: 1 })
  const answers = [await ask(key)]
  t.equal(object.bytesSent, SIZE, 'read once')
  answers.push(await ask(key))
  t.same(await first.stop(), { code: 0, signal: null })
  const second = await start()
  answers.push(await ask(key, second), await ask(key, second))
  t.equal(object.bytesSent, SIZE, 'and never again')
  t.equal(readsOf(key).length, readsOf(key).filter(({ bytesSent }) => bytesSent > 0).length, 'not even asked for')
  for (const answer of answers) {
    t.equal(await outcomeOf(answer, object.options), 'torrent of 0')
    t.equal(answer.body.length, Number(answer.headers['content-length']))
    // The web seed names the listener, which has another port.
    t.equal((await parsed(answer.body)).infoHash, (await parsed(answers[0]?.body ?? Buffer.alloc(0))).infoHash)
  }
  t.ok(answers[1]?.body.equals(answers[0]?.body ?? Buffer.alloc(0)), 'to the byte')
  t.notMatch(first.stderr() + second.stderr(), /"level":[45]0/, 'nothing to warn of')
})

// What does not ask for a server of its own.
const usual = await serversOf(t)()

t.test('who may not read it gets no torrent, stored or not', async (t) => {
  const server = usual
  const { ask } = hashing(origin, server)
  origin.put('bkt', 'turned', { size: 300_000, seed: 2, etag: 'same', public: true })
  t.equal((await ask('turned')).status, 200)
  origin.put('bkt', 'turned', { size: 300_000, seed: 2, etag: 'same', public: false })
  const refused = await ask('turned')
  t.equal(refused.status, 403)
  t.match(refused.body.toString(), '<Code>AccessDenied</Code>')
  t.equal((await ask('turned', server, { method: 'HEAD' })).status, 403)
  origin.put('bkt', 'turned', { size: 300_000, seed: 2, etag: 'same', public: true })
  t.equal((await ask('turned')).status, 200)
  origin.remove('bkt', 'turned')
  origin.bucket('bkt', { public: true })
  t.equal((await ask('turned')).status, 404, 'nor of what is gone')
  origin.bucket('bkt', { public: false })
})

t.test('a changed object has new hashes', async (t) => {
  const server = usual
  const { ask } = hashing(origin, server)
  const [before, after] = [{ size: SIZE, seed: 1, public: true }, { size: SIZE, seed: 2, public: true }]
  for (const [options, outcome, reads] of [
    [before, 'torrent of 0', true], [after, 'torrent of 1', true], [before, 'torrent of 0', false]
  ] as const) {
    const object = origin.put('bkt', 'changing', options)
    t.equal(await outcomeOf(await ask('changing'), before, after), outcome)
    t.equal(object.bytesSent, reads ? SIZE : 0, 'the first version is still known')
  }
})

t.test('each version is known by itself, and one by whatever name it is asked for', async (t) => {
  const server = usual
  const versions = ['v1', 'v2'].map((versionId, index) => origin.put('bkt', 'versioned', {
    size: 400_000, seed: 3 + index, versionId, public: true
  }))
  for (let round = 0; round < 2; round++) {
    for (const [index, { options }] of versions.entries()) {
      t.equal(await outcomeOf(
        await httpGet(`${server.url}/bkt/versioned?torrent&versionId=${options.versionId}`),
        ...versions.map(({ options }) => options)
      ), `torrent of ${index}`)
    }
  }
  t.equal(
    await outcomeOf(await httpGet(`${server.url}/bkt/versioned?torrent`), ...versions.map(({ options }) => options)),
    'torrent of 1',
    'what is current'
  )
  t.same(versions.map(({ bytesSent }) => bytesSent), [400_000, 400_000])
  const again = origin.put('bkt', 'versioned', { size: 400_000, seed: 3, versionId: 'v3', public: true })
  t.equal(
    await outcomeOf(await httpGet(`${server.url}/bkt/versioned?torrent`), ...versions.map(({ options }) => options)),
    'torrent of 0'
  )
  t.equal(again.bytesSent, 0, 'the same bytes again have the same ETag')
})

t.test('an ETag that says nothing of the bytes: no torrent', async (t) => {
  const server = usual
  for (const etag of ['""', 'W/"1"', '"00000000000000000000000000000000"', '"00000000000000000000000000000000-1"']) {
    const object = origin.put('bkt', 'nameless', { size: 400_000, seed: 5, public: true, headers: { etag } })
    const { status, body } = await httpGet(`${server.url}/bkt/nameless?torrent`)
    t.equal(status, 400, etag)
    const message = etag === '""'
      ? 'The origin gives this object no ETag, '
      : 'Torrent creation needs an object with a strong ETag</Message>'
    t.match(body.toString(), `<Code>InvalidRequest</Code><Message>${message}`, etag)
    t.equal(object.bytesSent, 0)
  }
})

t.test('what decides the info hash is a record of its own', async (t) => {
  const start = serversOf(t)
  const infoHashes = new Set<string>()
  const { key, object } = hashing(origin, usual).put({ size: 3_000_000, seed: 5 })
  const both = ['--piece-length', '65536', '--x-amz-info', 'on']
  for (const [setting, known] of [
    [[], false],
    [['--piece-length', '65536'], false],
    [['--x-amz-info', 'on'], false],
    [both, false],
    [['--piece-length', '16384'], true], // which is what auto is for this size
    [both, true]
  ] as const) {
    const before = object.bytesSent
    const server = await start(...setting)
    const answer = await hashing(origin, server).ask(key)
    t.equal(await outcomeOf(answer, object.options), 'torrent of 0', setting.join(' '))
    infoHashes.add((await parsed(answer.body)).infoHash)
    if (known) t.equal(object.bytesSent, before, `known: ${setting.join(' ')}`)
    await server.stop()
  }
  t.equal(infoHashes.size, 4)
})

t.test('what does not decide it is not: other trackers, another public URL', async (t) => {
  const start = serversOf(t)
  const { key, object } = hashing(origin, usual).put({ size: 3_000_000, seed: 5 })
  for (const setting of [
    [], ['--announce', 'http://tracker.example/announce'], ['--public-url', 'http://elsewhere.example']
  ]) {
    const answer = await hashing(origin, await start(...setting)).ask(key)
    t.equal(await outcomeOf(answer, object.options), 'torrent of 0')
    if (setting[1]) t.match(answer.body.toString('latin1'), setting[1])
  }
  t.equal(object.bytesSent, 3_000_000)
})
