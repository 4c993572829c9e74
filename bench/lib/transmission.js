import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.js'
import { start } from './process.js'

const SEEDING = 6 // tr_torrent_activity
const ATTEMPTS = 600
const PAUSE_MS = 200

/**
 * Starts transmission-daemon, which seeds an object's file until the row is over, or is stopped. It has verified the
 * file. It serves one download: it remembers of an address that it had everything, and closes its next connection.
 */
export async function startTransmission (bench, torrent, object) {
  const dir = bench.folder('transmission')
  const [config, content] = [join(dir, 'config'), join(dir, 'content')]
  mkdirSync(config)
  mkdirSync(content)
  symlinkSync(object.path, join(content, object.key))
  const [port, rpcPort] = [await freePort(), await freePort()]
  writeFileSync(join(config, 'settings.json'), JSON.stringify({
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'download-dir': content,
    encryption: 0, // plain connections are preferred
    'lpd-enabled': false,
    'peer-port': port,
    'pex-enabled': false,
    'port-forwarding-enabled': false,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'utp-enabled': false
  }))
  const daemon = start('transmission-daemon', ['-f', '-g', config])
  bench.atEnd(() => daemon.stop())
  const ask = client(`http://127.0.0.1:${rpcPort}/transmission/rpc`)
  await until(daemon, () => ask('session-get'))
  await ask('torrent-add', { filename: torrent })
  await until(daemon, async () => {
    const { torrents: [{ status, percentDone }] } = await ask('torrent-get', { fields: ['status', 'percentDone'] })
    return status === SEEDING && percentDone === 1
  })
  return { pid: daemon.pid, port, stop: daemon.stop }
}

// A request without the session's id is answered 409, with the id (Transmission, "RPC specification" 2.2).
function client (url) {
  let session = ''
  const ask = async (method, args = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'x-transmission-session-id': session },
      body: JSON.stringify({ method, arguments: args })
    })
    if (response.status === 409) {
      session = response.headers.get('x-transmission-session-id') ?? ''
      return await ask(method, args)
    }
    const { result, arguments: answer } = /** @type {Record<string, any>} */ (await response.json())
    if (result !== 'success') throw new Error(`transmission-daemon: ${method}: ${result}`)
    return answer
  }
  return ask
}

async function until (daemon, isSo) {
  const ended = daemon.ended.then(() => { throw new Error(`transmission-daemon ended: ${daemon.said.stderr}`) })
  ended.catch(() => {}) // it ends with the row
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const refused = (error) => { if (error.cause?.code !== 'ECONNREFUSED') throw error }
    if (await Promise.race([isSo().catch(refused), ended])) return
    await sleep(PAUSE_MS)
  }
  throw new Error('transmission-daemon does not seed')
}
