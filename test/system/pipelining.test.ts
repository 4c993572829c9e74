import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { MAX_PIPELINED } from '../../src/net/one-at-a-time.js'
import { builtProgram } from '../support/built.js'
import { metricsAt, untilMetric } from '../support/admin.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { node24 } from '../support/node-24.js'
import { skipOrFail } from '../support/programs.js'
import { selfSigned } from '../support/self-signed.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { announcePath } from '../support/tracker-client.js'
import { until } from '../support/until.js'

// One connection that asks for much at once, reads nothing and leaves: it costs nobody else anything, and nothing of it
// is left.

const ATTACKER = '127.0.0.9'
const BURST = 1_200
const MIB = 1024 * 1024
const dir = t.testdir({ buckets: { bkt: {} } })
writeFileSync(join(dir, 'buckets/bkt/small'), 'the content')
writeFileSync(join(dir, 'buckets/bkt/big'), '')
truncateSync(join(dir, 'buckets/bkt/big'), 64 * MIB)
mkdirSync(join(dir, 'tls'))
const pair = selfSigned(t, join(dir, 'tls'))
const origin = await startFaultyOrigin(t)
origin.bucket('bkt', { public: true })
origin.put('bkt', 'small', { body: Buffer.from('the content'), public: true })
const big = origin.put('bkt', 'big', { size: 64 * MIB, seed: 1, public: true })
for (let i = 0; i < 12; i++) {
  origin.put('bkt', `cold-${i}`, { size: 2_000 * MIB, seed: i, public: true, faults: { bytesPerSecond: 20 * MIB } })
}

const seed = `/-/seed/${Buffer.from(big.etag).toString('base64url')}/bkt/big`
const underWay = (): number => origin.requests.filter(({ endedAt }) => endedAt === undefined).length
const descriptors = ({ pid }: Server): number => readdirSync(`/proc/${pid}/fd`).length

interface Line { readonly msg: string, readonly remoteAddress?: string, readonly requests?: number }
const linesOf = (server: Server): Line[] => server.stderr().split('\n').filter((line) => line.startsWith('{')).map(
  (line) => JSON.parse(line) as Line
).filter(({ remoteAddress }) => remoteAddress === ATTACKER)
/** How many of the attacker's requests the log tells of. */
const told = (server: Server): number => linesOf(server).reduce(
  (sum, { msg, requests }) => sum + (msg === 'request' ? 1 : requests ?? 0), 0
)

/** Sends these requests in one write, reads nothing, and leaves after a while, or when it is sent away. */
async function burst (port: number, tls: boolean, heads: string[], stayMs = 1_000): Promise<void> {
  const at = { port, host: '127.0.0.1', localAddress: ATTACKER }
  const socket = tls ? connectTls({ ...at, ...{ rejectUnauthorized: false } }) : connect(at)
  const gone = new Promise((resolve) => { socket.on('error', () => {}).once('close', resolve) })
  socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(heads.join('')))
  socket.pause()
  await Promise.race([gone, sleep(stayMs)])
  socket.destroy()
  await gone
}

async function statusOf (server: Server, path: string): Promise<number> {
  if (server.url.startsWith('http:')) return (await httpGet(`${server.url}${path}`)).status
  return new Promise((resolve, reject) => {
    request({
      port: server.port, host: '127.0.0.1', path, rejectUnauthorized: false, agent: false, timeout: 10_000
    }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    }).once('error', reject).end()
  })
}

const head = (path: string, method = 'GET'): string => `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text)

async function scenario (
  t: Test, server: Server, admin: string, port: number, tls: boolean, heads: string[], logged: boolean
): Promise<void> {
  for (const path of ['/bkt/small', '/bkt/none']) await statusOf(server, path)
  await until('the origin is quiet', () => underWay() === 0)
  const handles = descriptors(server)
  const before = told(server)
  const attack = burst(port, tls, heads)
  await sleep(200)
  t.same(
    await Promise.all([statusOf(server, '/bkt/small'), statusOf(server, '/bkt/none')]),
    [200, 404],
    'others are served meanwhile'
  )
  await attack
  await until('no read is left at the origin', () => underWay() === 0)
  await untilMetric(admin, 'object_torrent_hash_jobs{state="running"}', (jobs) => jobs === 0)
  await untilMetric(admin, 'object_torrent_hash_jobs{state="waiting"}', (jobs) => jobs === 0)
  await until(`the descriptors are ${handles} again`, () => descriptors(server) <= handles + 4)
  t.same(
    await Promise.all([statusOf(server, '/bkt/small'), statusOf(server, '/bkt/none')]), [200, 404], 'and afterwards'
  )
  if (!logged) return
  // Whoever sends more than may wait is cut off, and the rest of what was sent not read.
  const read = Math.min(heads.length, MAX_PIPELINED + 2)
  await until(`${read} requests are in the log`, () => told(server) - before >= read)
  t.ok(
    told(server) - before <= heads.length && (read < heads.length || told(server) - before === read),
    'the log tells of every request'
  )
}

for (const [runtime, program] of [['this Node', process.execPath], ['Node 24', node24()]] as const) {
  for (const tls of [false, true]) {
    t.test(`${runtime}${tls ? ', TLS' : ''}`, async (t) => {
      if (program === undefined || pair === undefined) return skipOrFail(t, `${runtime} or a certificate is not here`)
      const [adminPort, trackerPort] = [await freePort(), await freePort()]
      const args = ['--admin-port', String(adminPort), '--tracker-port', String(
        trackerPort
      ), '--log-format', 'json', '--job-grace', '0',
      ...(tls ? ['--tls-cert', join(dir, 'tls/cert.pem'), '--tls-key', join(dir, 'tls/key.pem')] : [])]
      const admin = `http://127.0.0.1:${adminPort}`
      const server = await startServer(t, {
        args: ['--origin', origin.endpoint, ...args], program: [program, builtProgram()]
      })
      t.equal(await statusOf(server, '/bkt/big?torrent'), 200, 'the hashing threads have begun')
      const of = (heads: string[]) => (t: Test) => scenario(t, server, admin, server.port, tls, heads, true)
      await t.test('objects', of(times(BURST, head('/bkt/big'))))
      await t.test('web seed', of(times(BURST, head(seed))))
      await t.test('as many as may wait', of(times(30, head('/bkt/big'))))
      await t.test('HEADs', of(times(6_000, head('/bkt/big', 'HEAD'))))
      await t.test(
        'cold torrents: the job grace is kept', of(Array.from({ length: 12 }, (_, i) => head(`/bkt/cold-${i}?torrent`)))
      )
      await t.test('refusals', of(times(BURST, head('/bkt/none'))))
      const metrics = await metricsAt(admin)
      const counted = [...metrics].filter(([name]) => /^object_torrent_requests(_dropped)?_total/.test(name)).reduce(
        (sum, [, value]) => sum + value, 0
      )
      const others = server.stderr().split('\n').filter(
        (line) => line.includes('"msg":"request"') && !line.includes(ATTACKER)
      ).length
      t.equal(counted - others, told(server), 'metrics tell of as many as the log')
      if (tls) return
      await t.test(
        'the tracker',
        (t) => scenario(t, server, admin, trackerPort, false, times(BURST, head(announcePath('0'.repeat(40)))), false)
      )
      await t.test('the admin listener', (t) => scenario(t, server, admin, adminPort, false, [
        ...times(40, head('/-/live').replace('Host: x', 'Host: 127.0.0.1')),
        ...times(40, head('/metrics').replace('Host: x', 'Host: 127.0.0.1'))
      ], false))
      for (let i = 0; i < 30; i++) {
        await burst(adminPort, false, times(3, head('/-/live').replace('Host: x', 'Host: 127.0.0.1')), 100)
      }
      const live = new AbortController()
      const { status } = await httpGet(`${admin}/-/live`, {
        timeoutMs: 1_500, onChunk: () => live.abort(), signal: live.signal
      })
      t.equal(status, 200, 'pages that have left leave room for others')
    })
  }
}

t.test('a directory as the origin', async (t) => {
  const adminPort = await freePort()
  const server = await startServer(t, {
    args: ['--origin', join(dir, 'buckets'), '--admin-port', String(adminPort), '--log-format', 'json']
  })
  await scenario(t, server, `http://127.0.0.1:${adminPort}`, server.port, false, times(BURST, head('/bkt/big')), true)
})
