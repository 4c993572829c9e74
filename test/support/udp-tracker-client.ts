import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'

export const ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const
export const EVENT = { none: 0, completed: 1, started: 2, stopped: 3 } as const

export interface UdpAnnounce {
  port?: number
  left?: bigint
  event?: number
  /** What BEP 15 calls the IP address. */
  address?: number
  numwant?: number
}

/** A socket that asks a UDP tracker (BEP 15). */
export class UdpTrackerClient {
  readonly #socket: Socket
  readonly #port: number
  readonly #host: string
  /** What has come, oldest first. */
  readonly received: Buffer[] = []

  constructor (socket: Socket, port: number, host: string) {
    this.#socket = socket
    this.#port = port
    this.#host = host
    socket.on('message', (packet) => { this.received.push(packet) })
  }

  /** Bound to `from`, and closed with the test. */
  static async open (
    t: Test, port: number, { host = '127.0.0.1', from = host }: { host?: string, from?: string } = {}
  ): Promise<UdpTrackerClient> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, from)
    await once(socket, 'listening')
    t.teardown(() => { socket.close() })
    return new UdpTrackerClient(socket, port, host)
  }

  send (packet: Uint8Array): void {
    this.#socket.send(packet, this.#port, this.#host)
  }

  /** Sends a packet, and waits for the answer with its transaction id. Rejects after five seconds. */
  async ask (packet: Buffer): Promise<Buffer> {
    const signal = AbortSignal.timeout(5_000)
    const isAnswer = (answer: Buffer): boolean => answer.length >= 8 && answer.readUInt32BE(4) === packet.readUInt32BE(
      12
    )
    this.send(packet)
    let answer = this.received.find(isAnswer)
    while (answer === undefined) {
      await once(this.#socket, 'message', { signal })
      answer = this.received.find(isAnswer)
    }
    return answer
  }

  /** A connection id, 8 bytes. */
  async connect (): Promise<Buffer> {
    return (await this.ask(connectPacket())).subarray(8)
  }
}

export function connectPacket (): Buffer {
  return Buffer.concat([Buffer.from('0000041727101980', 'hex'), numbers(ACTION.connect), randomBytes(4)])
}

export function announcePacket (
  connectionId: Uint8Array,
  infoHash: string,
  { port = 6999, left = 1n, event = EVENT.none, address = 0, numwant = -1 }: UdpAnnounce = {}
): Buffer {
  const packet = Buffer.concat([
    connectionId, numbers(ACTION.announce), randomBytes(4), Buffer.from(infoHash, 'hex'), Buffer.from(
      '-XX0000-123456789012'
    ), Buffer.alloc(8 + 8 + 8), numbers(event, address, 0x1234), Buffer.alloc(4 + 2)
  ])
  packet.writeBigUInt64BE(left, 64)
  packet.writeInt32BE(numwant, 92)
  packet.writeUInt16BE(port, 96)
  return packet
}

export function scrapePacket (connectionId: Uint8Array, ...infoHashes: string[]): Buffer {
  return Buffer.concat(
    [connectionId, numbers(ACTION.scrape), randomBytes(4), ...infoHashes.map(
      (infoHash) => Buffer.from(infoHash, 'hex')
    )]
  )
}

/** All numbers of an answer behind its transaction id. */
export function numbersOf (answer: Buffer): number[] {
  return Array.from({ length: Math.floor(answer.length / 4) - 2 }, (_, i) => answer.readUInt32BE(8 + i * 4))
}

function numbers (...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}
