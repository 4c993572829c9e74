import type { ProgramName } from '../programs.js'

export interface DownloadOptions {
  /** Where the content goes to. */
  dir: string
  /** A limit, at which the client is killed. */
  seconds: number
  /** false: it is told of no web seed. */
  webSeeds?: boolean
  /** false: it is told of no tracker, so it finds no peer. */
  trackers?: boolean
}

export interface ClientDownload {
  /** The client says that it has everything. */
  ok: boolean
  output: string
}

/**
 * A real BitTorrent client, on a loopback address of its own and with nothing to find peers by but trackers: no DHT,
 * PEX, local discovery, UPnP and NAT-PMP.
 */
export interface BitTorrentClient {
  readonly name: string
  readonly program: ProgramName
  /** It knows BEP 19. */
  readonly hasWebSeeds: boolean
  /**
   * Starts the client on an http:// URL or the path of a .torrent, or on a magnet link, and ends it when it has
   * everything. In the way that tells the tracker, unless the limit was reached.
   */
  download (source: string, options: DownloadOptions): Promise<ClientDownload>
}
