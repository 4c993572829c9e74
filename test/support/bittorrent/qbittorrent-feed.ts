import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runClient } from '../clients.js'
import { freePort } from '../free-port.js'
import { programPath } from '../programs.js'
import { ownEndpoint } from './own-endpoint.js'
import { configuration } from './qbittorrent.js'
import { withFolder } from './source.js'

export interface FollowedFeed {
  /** Names of the torrents that it has added, and has all of. */
  readonly finished: readonly string[]
  readonly output: string
}

export interface FollowOptions {
  /** Where the content goes to. */
  readonly dir: string
  /** A limit, at which the client is killed. */
  readonly seconds: number
  /** Called again and again with the names of the torrents that it has all of, until it says true. */
  readonly until: (finished: readonly string[]) => boolean
}

const FEED = 'feed'
const PREFERENCES = { rss_processing_enabled: true, rss_auto_downloading_enabled: true, dht: false }

/**
 * qbittorrent-nox 4.5.2 subscribes to a feed by its Web API, and its own rule downloads whatever is in it. It reads the
 * feed only where it is told to: its interval is half an hour.
 */
export function followFeed (url: string, { dir, seconds, until }: FollowOptions): Promise<FollowedFeed> {
  return withFolder('qbittorrent', async (profile) => {
    const [endpoint, webPort] = await Promise.all([ownEndpoint(), freePort()])
    mkdirSync(join(profile, 'qBittorrent/config'), { recursive: true })
    writeFileSync(join(profile, 'qBittorrent/config/qBittorrent.conf'), configuration(endpoint, webPort))
    const api = new FeedApi(webPort)
    let finished: readonly string[] = []
    const { output } = await runClient(programPath('qbittorrent-nox'), [`--profile=${profile}`], {
      seconds,
      cwd: profile,
      until: async () => {
        if (!await api.follows(url, dir)) return false
        finished = await api.finished()
        if (until(finished)) return true
        await api.readAgain()
        return false
      }
    })
    const log = join(profile, 'qBittorrent/data/logs/qbittorrent.log')
    return { finished, output: output + (existsSync(log) ? readFileSync(log, 'utf8') : '') }
  })
}

/** https://github.com/qbittorrent/qBittorrent/wiki/WebUI-API-(qBittorrent-4.1)#rss-experimental */
class FeedApi {
  readonly #base: string
  #follows = false

  constructor (port: number) {
    this.#base = `http://127.0.0.1:${port}/api/v2`
  }

  /** Subscribes, once it answers at all. */
  async follows (url: string, savePath: string): Promise<boolean> {
    if (this.#follows) return true
    if (await this.#post('app/setPreferences', { json: JSON.stringify(PREFERENCES) }) === undefined) return false
    await this.#post('rss/addFeed', { url, path: FEED })
    const rule = { enabled: true, mustContain: '', useRegex: false, affectedFeeds: [url], savePath }
    await this.#post('rss/setRule', { ruleName: 'all', ruleDef: JSON.stringify(rule) })
    this.#follows = true
    return true
  }

  async readAgain (): Promise<void> {
    await this.#post('rss/refreshItem', { itemPath: FEED })
  }

  async finished (): Promise<string[]> {
    const text = await this.#post('torrents/info', {}) ?? '[]'
    return (JSON.parse(text) as Array<{ name: string, progress: number }>).filter(
      ({ progress }) => progress === 1
    ).map(({ name }) => name)
  }

  /** undefined: nobody answers. */
  async #post (path: string, fields: Record<string, string>): Promise<string | undefined> {
    let response: Response
    try {
      const body = new URLSearchParams(fields)
      response = await fetch(`${this.#base}/${path}`, { method: 'POST', body, signal: AbortSignal.timeout(10_000) })
    } catch {
      return undefined
    }
    if (!response.ok) throw new Error(`qBittorrent answers ${path} with ${response.status}: ${await response.text()}`)
    return await response.text()
  }
}
