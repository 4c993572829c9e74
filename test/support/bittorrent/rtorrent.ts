import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runClient } from '../clients.js'
import { programPath } from '../programs.js'
import type { BitTorrentClient, ClientDownload, DownloadOptions } from './client.js'
import { ownEndpoint } from './own-endpoint.js'
import { told, withFolder } from './source.js'

const REFUSED = 'Could not create download'

/**
 * rtorrent 0.9.8, as a daemon: without a terminal. It fetches a URL itself, has no web seeds, and of a magnet link it
 * leaves the metadata beside the content, as INFOHASH.meta. It refuses a torrent without a tracker, as it has no DHT
 * here.
 */
export const rtorrent = {
  name: 'rtorrent',
  program: 'rtorrent',
  hasWebSeeds: false,
  download: (
    source: string, options: DownloadOptions
  ): Promise<ClientDownload> => withFolder('rtorrent', async (folder) => {
    const finished = join(folder, 'finished')
    const session = join(folder, 'session')
    const log = join(folder, 'log')
    const rc = join(folder, 'rtorrent.rc')
    const { address, port } = await ownEndpoint()
    mkdirSync(session)
    // The metadata of a magnet link is a download of its own, which finishes as well.
    writeFileSync(rc, `
system.daemon.set = true
session.path.set = "${session}"
directory.default.set = "${options.dir}"
network.bind_address.set = ${address}
network.port_range.set = ${port}-${port}
network.port_random.set = no
dht.mode.set = disable
protocol.pex.set = no
trackers.use_udp.set = yes
pieces.hash.on_completion.set = no
log.open_file = "log", "${log}"
log.add_output = "info", "log"
method.set_key = event.download.finished, tell, "branch=d.is_meta=,,\\"execute.nothrow=touch,${finished}\\""
`)
    const said = (): string => existsSync(log) ? readFileSync(log, 'utf8') : ''
    const { output } = await runClient(programPath('rtorrent'), [
      '-n', '-o', `import=${rc}`, await told(source, options, folder)
    ], {
      seconds: options.seconds, cwd: folder, until: () => existsSync(finished) || said().includes(REFUSED)
    })
    return { ok: existsSync(finished), output: output + said() }
  })
} satisfies BitTorrentClient
