import { totalmem } from 'node:os'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'

/** Four of the largest pieces that are seeded. */
const MIN_CACHE_BYTES = 64 * 1024 * 1024
const MAX_AUTO_CACHE_BYTES = 1024 * 1024 * 1024

export interface DeliveryConfig {
  readonly delivery: {
    /** Bytes per second; 0: no limit. */
    readonly total: number
    readonly perClient: number
    readonly cacheBytes: number
  }
}

/** @throws ConfigError */
export function deliveryOf ({ values, named }: Settings): DeliveryConfig {
  return {
    delivery: {
      total: values['upload-limit'],
      perClient: values['upload-limit-per-client'],
      cacheBytes: cacheBytesOf(values['cache-size'], named('cache-size'))
    }
  }
}

function cacheBytesOf (text: string, named: string): number {
  if (text === 'auto') {
    const eighth = Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 8)
    return Math.max(MIN_CACHE_BYTES, Math.min(MAX_AUTO_CACHE_BYTES, eighth))
  }
  if (Number(text) < MIN_CACHE_BYTES) throw new ConfigError(`${named} ${text} is less than ${MIN_CACHE_BYTES}.`)
  return Number(text)
}
