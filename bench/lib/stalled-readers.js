import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 500
const ATTEMPTS = 120
const STILL = 4
const ESTABLISHED = '01'

/** Sends each request on a connection of its own, and reads nothing. Requests are paths, with a range or without. */
export function stall (serverUrl, requests) {
  const { hostname, host, port } = new URL(serverUrl)
  const sockets = requests.map(({ path, range }) => {
    const socket = connect(Number(port), hostname).pause()
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${range === undefined ? '' : `Range: ${range}\r\n`}\r\n`)
    return socket
  })
  return {
    /** Resolves when the kernel has taken what it takes: nothing moves for two seconds. */
    async still () {
      for (let attempt = 0, before = 0, same = 0; attempt < ATTEMPTS; attempt++) {
        await sleep(PAUSE_MS)
        const now = queuedBytes(Number(port))
        same = now === before && now > 0 ? same + 1 : 0
        before = now
        if (same === STILL) return
      }
      throw new Error('the kernel takes more and more')
    },
    /** Throws if one was closed. */
    end () {
      if (sockets.some(({ destroyed, readyState }) => destroyed || readyState !== 'open')) {
        throw new Error('a reader that stands still was closed')
      }
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** Bytes in the queues of all connections to a port of loopback, at both ends (proc_net_tcp). */
function queuedBytes (port) {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => state === ESTABLISHED && [local, remote].some((end) => end.endsWith(suffix)))
    .flatMap(([, , , , queues]) => queues.split(':'))
    .reduce((sum, bytes) => sum + parseInt(bytes, 16), 0)
}
