import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port of 127.0.0.0/8 that is free for TCP and UDP, below those that the kernel hands out: somebody's port 0 could
 * take it before it is used.
 */
export async function freePort (): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

async function isFree (port: number): Promise<boolean> {
  const tcp = createServer().listen(port, '0.0.0.0')
  const udp = createSocket('udp4')
  try {
    await once(tcp, 'listening')
    udp.bind(port, '0.0.0.0')
    await once(udp, 'listening')
    return true
  } catch {
    return false
  } finally {
    tcp.close()
    udp.close()
  }
}
