import { aria2 } from './aria2.js'
import { libtorrent } from './libtorrent.js'
import { qbittorrent } from './qbittorrent.js'
import { rtorrent } from './rtorrent.js'
import { transmission } from './transmission.js'

export const bitTorrentClients = [aria2, transmission, libtorrent, qbittorrent, rtorrent] as const
