import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runClient } from './clients.js'
import { programPath } from './programs.js'
import { inRepo } from './repo-root.js'

export interface LibtorrentView {
  /** Hexadecimal; null where there is none of that version. */
  infoHash: string | null
  infoHashV2: string | null
  name: string
  size: number
  pieceLength: number
  /** Hexadecimal. */
  pieces: string[]
  trackers: Array<{ url: string, tier: number }>
  webSeeds: string[]
  files: Array<{ path: string, size: number }>
  private: boolean
  creator: string
  comment: string
}

export interface LibtorrentDownload {
  /** Every piece is there and right. */
  done: boolean
  /** Of the content, verified. */
  bytes: number
  /** Of payload, thrown away or not. */
  received: number
  seconds: number
  /** As libtorrent words them, the last 2,000. */
  alerts: string[]
}

/** What libtorrent reads in a .torrent (path or bytes), or why it refuses it. The test needs 'python-libtorrent'. */
export async function readTorrent (torrent: string | Uint8Array): Promise<LibtorrentView | { error: string }> {
  return withFile(torrent, async file => await python(['read', file], 30) as LibtorrentView | { error: string })
}

/** Downloads into `dir` with libtorrent: no DHT nor local discovery, its guard against web seeds on private addresses left on. */
export async function downloadTorrent ({ torrent, dir, seconds }: { torrent: string | Uint8Array, dir: string, seconds: number }): Promise<LibtorrentDownload> {
  return withFile(torrent, async file => await python(['download', file, dir, String(seconds)], seconds + 15) as LibtorrentDownload)
}

async function python (args: string[], seconds: number): Promise<unknown> {
  const { code, stdout, output } = await runClient(programPath('python-libtorrent'), [inRepo('test/system/support/libtorrent-client.py'), ...args], { seconds })
  if (code !== 0) throw new Error(`libtorrent-client.py ${args.join(' ')} failed (${code})\n${output}`)
  return JSON.parse(stdout)
}

async function withFile<T> (torrent: string | Uint8Array, work: (file: string) => Promise<T>): Promise<T> {
  if (typeof torrent === 'string') return work(torrent)
  const folder = mkdtempSync(join(tmpdir(), 'object-torrent-libtorrent-'))
  try {
    const file = join(folder, 'given.torrent')
    writeFileSync(file, torrent)
    return await work(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
