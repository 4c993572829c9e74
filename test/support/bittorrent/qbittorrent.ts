import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runClient } from '../clients.js'
import { freePort } from '../free-port.js'
import { programPath } from '../programs.js'
import type { BitTorrentClient, ClientDownload, DownloadOptions } from './client.js'
import { ownEndpoint } from './own-endpoint.js'
import type { Endpoint } from './own-endpoint.js'
import { told, withFolder } from './source.js'

/** qbittorrent-nox 4.5.2 through its Web API; it fetches a URL itself. */
export const qbittorrent = {
  name: 'qBittorrent',
  program: 'qbittorrent-nox',
  hasWebSeeds: true,
  download: (
    source: string, options: DownloadOptions
  ): Promise<ClientDownload> => withFolder('qbittorrent', async (profile) => {
    const { dir, seconds } = options
    const [endpoint, webPort, given] = await Promise.all([ownEndpoint(), freePort(), told(source, options, profile)])
    mkdirSync(join(profile, 'qBittorrent/config'), { recursive: true })
    writeFileSync(join(profile, 'qBittorrent/config/qBittorrent.conf'), configuration(endpoint, webPort))
    const client = new WebApi(webPort)
    let ok = false
    const { output } = await runClient(programPath('qbittorrent-nox'), [`--profile=${profile}`], {
      seconds,
      cwd: profile,
      until: async () => {
        if (!await client.has(given, dir)) return false
        const { progress = 0, state = '' } = await client.torrent() ?? {}
        ok = progress === 1 && FINISHED.has(state)
        return ok || FAILED.has(state)
      }
    })
    const log = join(profile, 'qBittorrent/data/logs/qbittorrent.log')
    return { ok, output: output + (existsSync(log) ? readFileSync(log, 'utf8') : '') }
  })
} satisfies BitTorrentClient

const FINISHED = new Set(['uploading', 'stalledUP', 'queuedUP', 'forcedUP', 'pausedUP'])
const FAILED = new Set(['error', 'missingFiles'])

/** With what it does not ask, and finds nobody by itself. */
export function configuration ({ address, port }: Endpoint, webPort: number): string {
  return `
[LegalNotice]
Accepted=true

[Network]
PortForwardingEnabled=false

[BitTorrent]
Session\\InterfaceAddress=${address}
Session\\Port=${port}
Session\\DHTEnabled=false
Session\\PeXEnabled=false
Session\\LSDEnabled=false

[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port=${webPort}
WebUI\\UseUPnP=false
WebUI\\LocalHostAuth=false
`
}

/** The part of it that is needed; https://github.com/qbittorrent/qBittorrent/wiki/WebUI-API-(qBittorrent-4.1) */
class WebApi {
  readonly #base: string
  #added = false

  constructor (port: number) {
    this.#base = `http://127.0.0.1:${port}/api/v2/torrents`
  }

  /** Gives it the torrent, once it answers at all. */
  async has (given: string, dir: string): Promise<boolean> {
    if (this.#added) return true
    const form = new FormData()
    form.set('savepath', dir)
    if (/^(magnet:|http:)/.test(given)) form.set('urls', given)
    else form.set('torrents', new Blob([readFileSync(given)]), basename(given))
    const answer = await this.#ask('add', { method: 'POST', body: form })
    if (answer !== undefined && answer !== 'Ok.') throw new Error(`qBittorrent does not take ${given}: ${answer}`)
    this.#added = answer !== undefined
    return this.#added
  }

  /** undefined: it has none yet. */
  async torrent (): Promise<{ progress: number, state: string } | undefined> {
    const [torrent] = JSON.parse(await this.#ask('info') ?? '[]') as Array<{ progress: number, state: string }>
    return torrent
  }

  /** undefined: nobody answers. */
  async #ask (path: string, request: RequestInit = {}): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.#base}/${path}`, { ...request, signal: AbortSignal.timeout(10_000) })
      return await response.text()
    } catch {
      return undefined
    }
  }
}
