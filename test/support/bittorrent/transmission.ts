import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runClient } from '../clients.js'
import { programPath } from '../programs.js'
import type { BitTorrentClient, ClientDownload, DownloadOptions } from './client.js'
import { introduce } from './introduce.js'
import type { Seeder } from './introduce.js'
import { ownEndpoint } from './own-endpoint.js'
import { told, withFolder } from './source.js'

export interface TransmissionOptions extends DownloadOptions {
  /**
   * A seeder on 127.0.0.1 that comes to it, because it goes to no peer on a loopback address whatever a tracker says.
   */
  seeder?: Seeder
}

/**
 * transmission-cli 3.00, which fetches a URL itself. It would seed for ever: it is ended once its finish script has
 * run. It never tells the tracker that it has left.
 */
export const transmission = {
  name: 'Transmission',
  program: 'transmission-cli',
  hasWebSeeds: true,
  download: (
    source: string, options: TransmissionOptions
  ): Promise<ClientDownload> => withFolder('transmission', async (config) => {
    const { dir, seconds, seeder } = options
    const endpoint = await ownEndpoint()
    const finished = join(config, 'finished')
    const script = join(config, 'finish.sh')
    writeFileSync(script, `#!/bin/sh\ntouch ${finished}\n`, { mode: 0o755 })
    writeFileSync(join(config, 'settings.json'), JSON.stringify({
      'bind-address-ipv4': endpoint.address,
      'bind-address-ipv6': '::1',
      'dht-enabled': false,
      'lpd-enabled': false,
      'pex-enabled': false,
      'utp-enabled': false
    }))
    const meeting = seeder && introduce(seeder, endpoint)
    try {
      const { output } = await runClient(programPath('transmission-cli'), [
        '-g', config, '-w', dir, '-p', String(endpoint.port), '-M', '-D', '-U', '-f', script, await told(
          source, options, config
        )
      ], { seconds, cwd: config, until: () => existsSync(finished) })
      return { ok: existsSync(finished), output }
    } finally {
      meeting?.end()
    }
  })
} satisfies BitTorrentClient
