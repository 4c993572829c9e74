import { runLibtorrent } from '../libtorrent.js'
import type { BitTorrentClient, ClientDownload, DownloadOptions } from './client.js'
import { ownEndpoint } from './own-endpoint.js'
import { asFile, told, withFolder } from './source.js'

export interface LibtorrentDownload extends ClientDownload {
  /** Of the content, verified. */
  bytes: number
  /** Of payload, thrown away or not. */
  received: number
}

/** libtorrent 2.0.8 in Python, its guard against web seeds on private addresses left on. A URL is fetched for it. */
export const libtorrent = {
  name: 'libtorrent',
  program: 'python-libtorrent',
  hasWebSeeds: true,
  download: (
    source: string, options: DownloadOptions
  ): Promise<LibtorrentDownload> => withFolder('libtorrent', async (folder) => {
    const { dir, seconds } = options
    const given = await asFile(await told(source, options, folder), folder)
    const { address, port } = await ownEndpoint()
    return await runLibtorrent(
      ['download', given, dir, String(seconds), `${address}:${port}`], seconds + 15
    ) as LibtorrentDownload
  })
} satisfies BitTorrentClient
