import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ATTACKS } from '../lib/attacks.js'
import { GiB, MiB } from '../lib/bench.js'
import { BUCKET } from '../lib/content.js'
import { get } from '../lib/client.js'
import { honestly, percentile } from '../lib/honest.js'
import { atMost, ratio } from '../lib/line.js'
import { shown, spread } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { freePort } from '../lib/ports.js'
import { run, start } from '../lib/process.js'
import { startServer } from '../lib/server.js'
import { infoHashOf } from '../lib/torrent.js'

const PROGRAM = fileURLToPath(new URL('../lib/attacks.js', import.meta.url))
const QUIET_SECONDS = 6
const SECONDS = 6
/** Within this time after the attacker has left everything must be as before. */
const RECOVERY_MS = 10_000
const FIRST_RUSH = 'slow readers'
const SPARE_DESCRIPTORS = 8
const SPARE_BYTES = 150 * MiB

export const strangersStore = row('strangers-store', 'nginx', { needs: ['nginx'] })
export const strangersTls = row('strangers-tls', 'nginx, TLS', { needs: ['nginx', 'openssl'], tls: true })
export const strangersDirectory = row('strangers-directory', 'directory', { directory: true })

function row (name, setting, { needs = [], tls = false, directory = false }) {
  const what = `p99 of others while strangers are at work, ${setting}`
  return {
    name,
    what,
    needs,
    rounds: 1,
    async run (bench) {
      const scene = await prepare(bench, { tls, directory })
      await honestly(scene.asks, 2)
      // V8 keeps the memory of a first rush. The row is about the next rush, which must add nothing.
      await attacked(scene, FIRST_RUSH, async () => { await honestly(scene.asks, SECONDS) })
      await recovered(scene, { ...await scene.state(), rss: Infinity })
      const quiet = await scene.measure(QUIET_SECONDS)
      const before = await scene.state()
      const lines = []
      for (const attack of Object.keys(ATTACKS)) {
        const during = await attacked(scene, attack, () => scene.measure(bench.quick ? 2 : SECONDS))
        const { left, ms } = await recovered(scene, before)
        const after = await scene.measure(bench.quick ? 1 : 3)
        bench.say(
          `${attack}: p99 ${shown(quiet.p99)} ms before, ${shown(during.p99)} during, ${shown(after.p99)} after; ` +
          `as before after ${(ms / 1000).toFixed(1)} s`
        )
        const wrong = [...during.failures, ...after.failures, ...left]
        if (wrong.length > 0) throw new Error(`${attack}: ${[...new Set(wrong)].slice(0, 5).join('; ')}`)
        lines.push(ratio({
          what: `${what}: ${attack}`,
          ours: spread('ms', [during.p99]),
          beside: `without (afterwards ${shown(after.p99)} ms; p50 ${shown(quiet.p50)} and ${shown(during.p50)} ms)`,
          theirs: spread('ms', [quiet.p99]),
          goal: atMost(2)
        }))
      }
      return lines
    }
  }
}

async function attacked ({ target }, attack, work) {
  const args = [PROGRAM, attack, String(SECONDS + 1), JSON.stringify(target)]
  const stranger = start(process.execPath, args, { isNear: true })
  await sleep(500)
  const done = await work()
  await stranger.stop('SIGKILL')
  return done
}

async function prepare (bench, { tls, directory }) {
  const nginx = directory ? undefined : await startNginx(bench)
  const [tracker, seeder, admin] = [await freePort(), await freePort(), await freePort()]
  const stored = bench.content.random('stored-strangers', 4 * MiB)
  const big = bench.content.sparse('big-strangers', bench.scaled(GiB))
  const cold = bench.content.linked(
    await bench.content.remembered(bench.content.sparse('cold-strangers', 4 * GiB)), 12
  )
  const server = await startServer(bench, {
    origin: nginx?.fast ?? bench.content.dir,
    isNear: true,
    args: [
      '--tracker-port', String(tracker), '--peer-port', String(seeder), '--admin-port', String(admin), '--job-grace',
      '1', ...(tls ? await certificate(bench) : [])
    ]
  })
  const { origin } = new URL(server.url)
  const torrent = await get(server.torrentUrl(stored))
  const path = ({ key }, query = '') => `/${BUCKET}/${key}${query}`
  const seed = new URL(
    /http[^ ]*?\/-\/seed\/[^ ]*?stored-strangers/.exec(torrent.toString('latin1'))?.[0] ?? ''
  ).pathname
  const infoHash = infoHashOf(torrent).replace(/../g, '%$&')
  const metrics = `http://127.0.0.1:${admin}/metrics`
  const asks = [
    { url: server.torrentUrl(stored), status: 200 },
    { url: `${origin}${path(big)}`, status: 206, headers: { range: 'bytes=0-999' } },
    { url: `${origin}${path({ key: 'nothing' })}`, status: 404 },
    { url: `${origin}${seed}`, status: 206, headers: { range: 'bytes=1000-1999' } },
    {
      url: `http://127.0.0.1:${tracker}/announce?info_hash=${infoHash}&peer_id=-XX0000-123456789012&port=6999&left=1`,
      status: 200
    },
    { url: metrics, status: 200 }
  ]
  return {
    asks,
    target: {
      s3: Number(new URL(server.url).port),
      tls,
      tracker,
      udp: tracker,
      seeder,
      admin,
      big: path(big),
      stored: path(stored, '?torrent'),
      seed,
      none: path({ key: 'nothing' }),
      cold: cold.map((object) => path(object, '?torrent'))
    },
    async measure (seconds) {
      const { times, failures } = await honestly(asks, seconds)
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), failures }
    },
    async state () {
      const text = await fetch(metrics).then((response) => response.text())
      const jobs = [...text.matchAll(/^object_torrent_hash_jobs\{.*\} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count), 0
      )
      const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024
      const descriptors = readdirSync(`/proc/${server.pid}/fd`)
      const store = nginx === undefined ? 0 : connectionsTo(Number(new URL(nginx.fast).port))
      return { jobs, rss, descriptors: descriptors.length - store, store }
    }
  }
}

/** What is not as before after ten seconds, and how long the rest took to be. */
async function recovered (scene, before) {
  const begun = performance.now()
  for (;;) {
    const now = await scene.state()
    const left = [
      now.jobs > 0 && `${now.jobs} jobs are left`,
      now.descriptors > before.descriptors + SPARE_DESCRIPTORS &&
        `${now.descriptors} descriptors, ${before.descriptors} before`,
      now.store > before.store + SPARE_DESCRIPTORS && `${now.store} connections to the store, ${before.store} before`,
      now.rss > before.rss + SPARE_BYTES &&
        `${Math.round(now.rss / 1e6)} MB resident, ${Math.round(before.rss / 1e6)} before`
    ].filter(Boolean)
    const ms = performance.now() - begun
    if (left.length === 0 || ms > RECOVERY_MS) return { left, ms }
    await honestly(scene.asks, 0.1) // garbage is collected when others need room
  }
}

// Counts the established connections to a remote port.
function connectionsTo (port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/tcp', 'utf8').split('\n').filter(
    (line) => line.trim().split(/\s+/)[2]?.endsWith(`:${hex}`) && line.trim().split(/\s+/)[3] === '01'
  ).length
}

async function certificate (bench) {
  const dir = bench.folder('tls')
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key,
    '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'
  ])
  return ['--tls-cert', cert, '--tls-key', key]
}
