import { randomBytes } from 'node:crypto'

const SEEDS = randomBytes(8)
const FIRST = SEEDS.readInt32LE(0)
const SECOND = SEEDS.readInt32LE(4)
const PRIME = 0x01000193

/**
 * One number for one client, wherever it announces from: of its `peer_id` and its `key`, which it keeps from other
 * peers so that nobody else can say it (BEP 7). 0 where it has no key: a `peer_id` alone is known to all that it is
 * connected with.
 */
export function clientOf (peerId: Uint8Array, key: string | number): number {
  // Over UDP it is the same 32 bits (BEP 15).
  const number = typeof key === 'number' ? key : /^[0-9a-f]{1,8}$/i.test(key) ? parseInt(key, 16) : undefined
  if (number === 0 || key === '') return 0
  const text = number === undefined ? String(key).slice(0, MAX_KEY) : number.toString(16)
  let [a, b] = [FIRST, SECOND]
  const add = (byte: number): void => {
    a = Math.imul(a ^ byte, PRIME)
    b = Math.imul(b ^ byte ^ (a >>> 24), PRIME)
  }
  for (const byte of peerId) add(byte)
  for (let i = 0; i < text.length; i++) add(text.charCodeAt(i))
  return (a >>> 0) * 2 ** 20 + (b >>> 12) || 1
}

const MAX_KEY = 64
