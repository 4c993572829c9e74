import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from './own-endpoint.js'

/** A seeder on 127.0.0.1 of one torrent. */
export interface Seeder {
  port: number
  /** Hexadecimal. */
  infoHash: string
}

const HANDSHAKE_BYTES = 68
const RETRY_MS = 200

/**
 * Joins a seeder and a client that each wait for the other to connect, until `end`. Both are connected to; the seeder
 * is greeted as Transmission 3.00 greets, its own greeting goes to the client, the client's answer to that nowhere, and
 * all the rest from one to the other. Tries again while the client does not take it, as before it knows the torrent.
 */
export function introduce (seeder: Seeder, client: Endpoint): { end (): void } {
  const over = new AbortController()
  const trying = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await meet(seeder, client, over.signal)
      await sleep(RETRY_MS)
    }
  }
  trying().catch(() => {})
  return { end: () => { over.abort() } }
}

/** Resolves when they have parted. */
async function meet ({ port, infoHash }: Seeder, endpoint: Endpoint, over: AbortSignal): Promise<void> {
  const parted = new AbortController()
  const part = (): void => { parted.abort() }
  const signal = AbortSignal.any([parted.signal, over])
  const open = ({ address, port }: Endpoint): Socket => connect(port, address).on('error', part).on('close', part)
  const client = open(endpoint)
  const sockets = [client]
  try {
    await once(client, 'connect', { signal })
    const seeder = open({ address: '127.0.0.1', port })
    sockets.push(seeder)
    seeder.write(greeting(infoHash))
    client.write(await take(seeder, signal))
    await take(client, signal)
    seeder.pipe(client)
    client.pipe(seeder)
    if (!signal.aborted) await once(signal, 'abort')
  } catch {
    // They have not met.
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** With the extension protocol (BEP 10) and the fast extension (BEP 6), as Transmission has them. */
function greeting (infoHash: string): Buffer {
  return Buffer.concat([
    Buffer.from('\x13BitTorrent protocol\0\0\0\0\0\x10\0\x04', 'latin1'),
    Buffer.from(infoHash, 'hex'),
    Buffer.from('-TR3000-introduction')
  ])
}

/** The other end's greeting; what comes after it stays where it is. */
async function take (socket: Socket, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(HANDSHAKE_BYTES) as Buffer | null
    if (bytes?.length === HANDSHAKE_BYTES) return bytes
    await once(socket, 'readable', { signal })
  }
}
