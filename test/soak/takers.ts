import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { WirePeer } from '../support/wire-peer.js'
import { between } from './random.js'

const BLOCK = 16 * 1024

/** A public object, whose torrent was asked for. */
export interface Taken {
  readonly key: string
  readonly size: number
  /** Of its content. */
  readonly seed: number
  readonly infoHash: string
  readonly pieceLength: number
  /** The path of its web seed. */
  readonly webSeed: string
}

export async function takenOf (torrent: Buffer, key: string, size: number, seed: number): Promise<Taken> {
  const { infoHash, pieceLength, urlList = [] } = await parsed(torrent)
  return { key, size, seed, infoHash, pieceLength, webSeed: new URL(urlList[0] ?? '').pathname }
}

export interface TakersParts {
  readonly url: string
  readonly peerPort: number
  readonly objects: readonly Taken[]
  /** Told of what became of each take: `right` with its way, `WRONG`, or what else. */
  readonly count: (outcome: string) => void
}

/** Clients who take bytes, by GetObject, web seed and seeder, all of it or a part, look at every one, and may leave. */
export async function takeOnce (t: Test, { url, peerPort, objects, count }: TakersParts): Promise<void> {
  const object = objects[between(0, objects.length)]
  if (object === undefined) return
  const way = between(0, 3)
  if (way === 2) return count(await fromPeer(t, peerPort, object).catch((error: unknown) => `seeder: ${String(error)}`))
  const first = Math.random() < 0.5 ? 0 : between(0, object.size)
  const last = Math.random() < 0.5 ? object.size - 1 : between(first, object.size)
  const leaves = Math.random() < 0.2
  let position = first
  let isRight = true
  const { status, complete } = await httpGet(`${url}${way === 0 ? `/bkt/${object.key}` : object.webSeed}`, {
    headers: { range: `bytes=${first}-${last}` },
    timeoutMs: 120_000,
    onChunk: (bytes) => {
      isRight &&= bytes.equals(contentAt(object.seed, position, bytes.length))
      position += bytes.length
    },
    ...leaves && { signal: AbortSignal.timeout(between(1, 300)) }
  })
  const name = way === 0 ? 'GetObject' : 'web seed'
  const isBody = status < 300 // else an error's XML came
  if (isBody && (!isRight || (complete && status === 206 && position !== last + 1))) return count(`${name}: WRONG`)
  if (complete && status === 206) return count(`${name}: right`)
  count(leaves ? `${name}: left` : `${name}: status ${status}${complete ? '' : ', broken off'}`)
  if (status === 503) await sleep(1_000)
}

/** Some blocks in a row. */
async function fromPeer (t: Test, port: number, { size, seed, infoHash, pieceLength }: Taken): Promise<string> {
  const peer = await WirePeer.greeted(t, port, infoHash)
  try {
    await peer.unchoked()
    for (let i = 0, at = between(0, Math.ceil(size / BLOCK)) * BLOCK; i < 100 && at < size; i++, at += BLOCK) {
      const length = Math.min(BLOCK, size - at)
      const block = await peer.block({ index: Math.floor(at / pieceLength), offset: at % pieceLength, length })
      if (!block.equals(contentAt(seed, at, length))) return 'seeder: WRONG'
    }
    return 'seeder: right'
  } finally {
    peer.destroy()
  }
}
