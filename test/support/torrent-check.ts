import type { Test } from 'tap'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runClient } from './clients.js'
import { readTorrent } from './libtorrent.js'
import type { LibtorrentView } from './libtorrent.js'
import { parsed, pieceHashesOf } from './pieces.js'
import { programPath } from './programs.js'

export interface TorrentOf {
  name: string
  content: Buffer
  pieceLength: number
}

/** A folder that is removed with the test. */
export function tempDir (t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'object-torrent-test-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  return dir
}

/**
 * That `torrent` is of `content`: its pieces hashed again, and name, size and info hash as libtorrent, WebTorrent's
 * parser and Transmission read them. The test needs 'python-libtorrent' and 'transmission-show'.
 */
export async function checkTorrent (
  t: Test, torrent: Buffer, { name, content, pieceLength }: TorrentOf
): Promise<LibtorrentView> {
  const view = await readTorrent(torrent)
  if ('error' in view) throw new Error(`libtorrent: ${view.error}`)
  const { infoHash, infoHashV2, pieces, files, size } = view
  const hashes = (await pieceHashesOf(content, pieceLength)).map((hash) => hash.toString('hex'))
  t.strictSame({ name: view.name, size, pieceLength: view.pieceLength, files, infoHashV2 }, {
    name, size: content.length, pieceLength, files: [{ path: name, size: content.length }], infoHashV2: null
  }, 'as libtorrent reads it')
  t.equal(pieces.length, Math.ceil(content.length / pieceLength), 'number of pieces')
  t.strictSame(pieces, hashes, 'every piece is the hash of its bytes')
  const web = await parsed(torrent)
  t.strictSame(
    { name: web.name, length: web.length, pieceLength: web.pieceLength, pieces: web.pieces },
    { name, length: content.length, pieceLength, pieces: hashes },
    'as WebTorrent reads it'
  )
  t.strictSame(
    [web.infoHash, await transmissionInfoHash(t, torrent)], [infoHash, infoHash], 'all three name one info hash'
  )
  return view
}

/** The info hash that Transmission prints; undefined where it does not load the file. */
export async function transmissionInfoHash (t: Test, torrent: Buffer): Promise<string | undefined> {
  const file = join(tempDir(t), 'given.torrent')
  writeFileSync(file, torrent)
  const { code, output } = await runClient(programPath('transmission-show'), [file], { seconds: 20 })
  return code === 0 ? /Hash(?: v1)?: ([0-9a-f]{40})/.exec(output)?.[1] : undefined
}
