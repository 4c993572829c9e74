import { randomInt } from 'node:crypto'
import { freePort } from '../free-port.js'

export interface Endpoint {
  address: string
  port: number
}

/**
 * Where a client is a peer: a loopback address of its own, as peers have addresses of their own in the world. rtorrent
 * and Transmission know one peer on each address: they could take another client, or one that is gone, for the seeder.
 */
export async function ownEndpoint (): Promise<Endpoint> {
  return { address: `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`, port: await freePort() }
}
