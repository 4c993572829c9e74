import { runClient } from '../clients.js'
import { programPath } from '../programs.js'
import type { BitTorrentClient, ClientDownload, DownloadOptions } from './client.js'
import { ownEndpoint } from './own-endpoint.js'
import { told, withFolder } from './source.js'

export interface Aria2Options extends DownloadOptions {
  /** More command-line options. */
  args?: string[]
}

/** aria2c 1.36. Given a URL, it leaves the .torrent beside the content; it ends by itself, and does not seed. */
export const aria2 = {
  name: 'aria2',
  program: 'aria2c',
  hasWebSeeds: true,
  download: (source: string, options: Aria2Options): Promise<ClientDownload & {
    code: number | null
  }> => withFolder('aria2', async (folder) => {
    const { dir, seconds, args = [] } = options
    const { address, port } = await ownEndpoint()
    const { code, output } = await runClient(programPath('aria2c'), [
      '--no-conf', `--dir=${dir}`, '--seed-time=0', '--console-log-level=notice', '--summary-interval=0',
      '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false',
      `--interface=${address}`, `--listen-port=${port}`, '--disable-ipv6',
      ...args, await told(source, options, folder)
    ], { seconds, cwd: dir })
    return { ok: code === 0, code, output }
  })
} satisfies BitTorrentClient
