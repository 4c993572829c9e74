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

/** What libtorrent reads in a .torrent (path or bytes), or why it refuses it. The test needs 'python-libtorrent'. */
export async function readTorrent (torrent: string | Uint8Array): Promise<LibtorrentView | { error: string }> {
  return withFile(
    torrent, async (file) => await runLibtorrent(['read', file], 30) as LibtorrentView | { error: string }
  )
}

/** What libtorrent-client.py answers to these arguments. @param within a command that runs another one elsewhere */
export async function runLibtorrent (
  args: string[], seconds: number, within: readonly string[] = []
): Promise<unknown> {
  const [program = '', ...rest] = [
    ...within, programPath('python-libtorrent'), inRepo('test/support/libtorrent-client.py'), ...args
  ]
  const { code, stdout, output } = await runClient(program, rest, { seconds })
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

export interface CreatedByLibtorrent {
  /** Hexadecimal; null where there is none of that version. */
  readonly infoHash: string | null
  readonly infoHashV2: string | null
  /** The info dictionary, in hexadecimal digits. */
  readonly info: string
  /** Piece layers by root, both in hexadecimal digits. */
  readonly layers: Readonly<Record<string, string>>
}

/**
 * What libtorrent's own create_torrent makes of files on the disk. The test needs 'python-libtorrent'.
 * @param files as they stand in the torrent, below `folder`; pads are given for v1 alone
 */
export async function createByLibtorrent (
  folder: string,
  pieceLength: number,
  format: 'v1' | 'hybrid' | 'v2',
  files: ReadonlyArray<{ readonly path: string, readonly size: number, readonly pad?: boolean }>
): Promise<CreatedByLibtorrent> {
  return await runLibtorrent(
    ['create', folder, String(pieceLength), format, JSON.stringify(files)], 60
  ) as CreatedByLibtorrent
}

export interface CheckedByLibtorrent {
  /** Of the whole torrent; null where there was none. */
  readonly error: string | null
  /** Indexes of pieces. */
  readonly bad: readonly number[]
  /** Without pads; their paths begin with the torrent's name, their offsets count pads. */
  readonly files: ReadonlyArray<{ readonly path: string, readonly size: number, readonly offset: number }>
}

/**
 * What libtorrent finds of a torrent's files in `<folder>/<name>`, by its own check. It may make files there that are
 * missing. The test needs 'python-libtorrent'.
 */
export async function checkByLibtorrent (torrent: string | Uint8Array, folder: string): Promise<CheckedByLibtorrent> {
  return withFile(torrent, async (file) => await runLibtorrent(['check', file, folder], 60) as CheckedByLibtorrent)
}

/** A .torrent of what createByLibtorrent made. */
export function torrentByLibtorrent ({ info, layers }: CreatedByLibtorrent): Buffer {
  const string = (hex: string): Buffer => Buffer.concat([Buffer.from(`${hex.length / 2}:`), Buffer.from(hex, 'hex')])
  const sorted = Object.entries(layers).sort(([a], [b]) => a < b ? -1 : 1)
  return Buffer.concat([
    Buffer.from('d4:info'),
    Buffer.from(info, 'hex'),
    Buffer.from('12:piece layersd'),
    ...sorted.flatMap(([root, layer]) => [string(root), string(layer)]),
    Buffer.from('ee')
  ])
}
