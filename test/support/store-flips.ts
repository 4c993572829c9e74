import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LmdbStore } from '../../src/store/lmdb/lmdb-store.js'
import type { Identity } from '../../src/torrent/identity.js'
import type { PieceDigests } from '../../src/torrent/piece-digests.js'
import { digestsFor, identityFor, infoHashFor } from '../store/conformance.js'
import { cleanEnv } from './clean-env.js'
import { inRepo } from './repo-root.js'

export interface Flip {
  readonly at: number
  /** What the byte is XORed with. */
  readonly mask: number
}

export interface FlipOutcome extends Flip {
  /** How the process ended that opened the store; undefined: it lived. */
  readonly died?: string
  /** Of what was in the store. */
  readonly known: number
  readonly wrong: number
  /** Whether the store was used, and not one in memory. */
  readonly inFile: boolean
  /** Of 10. */
  readonly written: number
}

/** A store with something of everything: whole objects of some pieces and of many, parts, and free pages. */
export async function makeStore (directory: string): Promise<number> {
  const store = new LmdbStore(join(directory, 'store.mdb'), {
    maxBytes: 64 << 20, log: { warn: () => {} }, now: Date.now
  })
  const expected: Array<{ identity: Identity, digests: string }> = []
  const remember = (identity: Identity, digests: PieceDigests): void => {
    expected.push({ identity, digests: digests.bytes.toString('hex') })
  }
  for (let i = 0; i < 80; i++) {
    const pieces = i % 10 === 0 ? 1_500 : 5 + i
    const identity = identityFor(`key-${i}`, pieces)
    const digests = digestsFor(`key-${i}`, pieces)
    if (i % 8 === 1) {
      for (let piece = 0; piece + 2 < pieces; piece += 4) {
        await store.put(identity, { firstPiece: piece, digests: digests.slice(piece, piece + 2) })
      }
    } else await store.finish(identity, digests, [infoHashFor(`key-${i}`)])
    remember(identity, digests)
  }
  for (let i = 0; i < 20; i++) {
    await store.finish(
      identityFor('again', 1_000 * (1 + i % 3)), digestsFor('again', 1_000 * (1 + i % 3)), [infoHashFor('again')]
    )
  }
  await store.close()
  writeFileSync(join(directory, 'expected.json'), JSON.stringify(expected))
  return expected.length
}

/** What happens to a server's store with each of these flips. */
export async function outcomesOf (directory: string, flips: readonly Flip[], processes = 2): Promise<FlipOutcome[]> {
  writeFileSync(join(directory, 'flips.json'), JSON.stringify(flips))
  const outcomes: FlipOutcome[] = []
  await Promise.all(Array.from({ length: processes }, async (_, first) => {
    for (let next = first; next < flips.length;) {
      const probe = spawn(
        process.execPath,
        [inRepo('test/support/store-probe.mjs'), directory, String(next), String(processes)],
        { env: cleanEnv(), stdio: ['ignore', 'pipe', 'ignore'] }
      )
      const ended = once(probe, 'close') as Promise<[code: number | null, signal: string | null]>
      let current: number | undefined
      for await (const line of createInterface(probe.stdout)) {
        const [, begun] = /^begin (\d+)$/.exec(line) ?? []
        if (begun !== undefined) current = Number(begun)
        else {
          outcomes.push({ ...flips[Number(current)], ...JSON.parse(line) as FlipOutcome })
          current = undefined
        }
        if (begun !== undefined) next = Number(begun) + processes
      }
      const [code, signal] = await ended
      if (current === undefined && code === 0) return
      const flip = flips[current ?? next]
      if (flip === undefined) return
      outcomes.push({ ...flip, died: signal ?? `exit ${code}`, known: 0, wrong: 0, inFile: true, written: 0 })
    }
  }))
  return outcomes
}

/**
 * Bytes all over a file: anywhere; in the heads of pages, where LMDB's own numbers are; in the two first pages, where
 * it begins.
 */
export function spread (directory: string, count: number, seed = 1): Flip[] {
  const { length } = readFileSync(join(directory, 'store.mdb'))
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor(state / 0x80000000 * below)
  }
  return Array.from({ length: count }, (_, i) => {
    const mask = 1 << random(8)
    if (i % 4 === 0) return { at: random(2) * 4096 + random(160), mask }
    if (i % 4 === 1) return { at: random(length / 4096) * 4096 + random(64), mask }
    return { at: random(length), mask: i % 4 === 2 ? mask : 1 + random(255) }
  })
}
