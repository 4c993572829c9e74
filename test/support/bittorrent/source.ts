import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import bencode from 'bencode'
import { httpGet } from '../http-get.js'
import type { DownloadOptions } from './client.js'

type Told = Pick<DownloadOptions, 'webSeeds' | 'trackers'>

/** Runs `work` with a folder of its own, for what a client keeps. */
export async function withFolder<T> (purpose: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `object-torrent-${purpose}-`))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * What a client is given. Most have no switch against web seeds or the torrent's trackers, so all are told of none: of
 * a magnet link without the parameters `ws` or `tr`, or of a .torrent file in `folder` without `url-list`, or
 * `announce` and `announce-list`.
 */
export async function told (
  source: string, { webSeeds = true, trackers = true }: Told, folder: string
): Promise<string> {
  if (webSeeds && trackers) return source
  if (source.startsWith('magnet:')) {
    const unwanted = [...webSeeds ? [] : ['ws='], ...trackers ? [] : ['tr=']]
    return source.split('&').filter((parameter) => !unwanted.some((name) => parameter.startsWith(name))).join('&')
  }
  const torrent = bencode.decode(await torrentAt(source)) as Record<string, unknown>
  if (!webSeeds) delete torrent['url-list']
  if (!trackers) {
    delete torrent.announce
    delete torrent['announce-list']
  }
  return written(bencode.encode(torrent), folder)
}

/** The path of a .torrent file, fetched into `folder` where it is a URL. */
export async function asFile (source: string, folder: string): Promise<string> {
  return isUrl(source) ? written(await torrentAt(source), folder) : source
}

async function torrentAt (source: string): Promise<Buffer> {
  if (!isUrl(source)) return readFileSync(source)
  const { status, complete, body } = await httpGet(source)
  if (status !== 200 || !complete) throw new Error(`GET ${source}: ${status}, ${complete ? 'whole' : 'broken off'}`)
  return body
}

function written (torrent: Uint8Array, folder: string): string {
  const file = join(folder, 'given.torrent')
  writeFileSync(file, torrent)
  return file
}

function isUrl (source: string): boolean {
  return source.startsWith('http://')
}
