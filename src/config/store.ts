import { resolve } from 'node:path'
import type { Settings } from './settings.js'

/** Where hashes are kept. */
export interface StoreConfig {
  readonly dataDir: string
  /** Bytes. */
  readonly storeSize: number
}

export function storeOf ({ values }: Settings): StoreConfig {
  return { dataDir: resolve(values['data-dir']), storeSize: values['store-size'] }
}
