import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bencode from 'bencode'
import { answering } from './answering.js'
import { get } from './client.js'
import { freePort } from './ports.js'
import { start } from './process.js'
import { memoryOf } from './server.js'

/** Starts opentracker for these torrents, over HTTP and UDP on one port, until the row is over. */
export async function startOpentracker (bench, infoHashes) {
  const dir = bench.folder('opentracker') // as root it goes into a chroot there
  const port = await freePort()
  writeFileSync(join(dir, 'whitelist'), infoHashes.map((hash) => `${hash}\n`).join(''))
  writeFileSync(
    join(dir, 'conf'),
    `listen.tcp_udp 127.0.0.1:${port}\naccess.whitelist whitelist\ntracker.rootdir ${dir}\ntracker.user nobody\n`
  )
  const tracker = start('opentracker', ['-f', join(dir, 'conf')], { cwd: dir })
  bench.atEnd(() => tracker.stop())
  const url = `http://127.0.0.1:${port}`
  await answering(scrapeUrl(url, infoHashes[0]), tracker)
  return { url, pid: tracker.pid, memory: () => memoryOf(tracker.pid, 'VmRSS') }
}

/** The number of peers that a tracker has for each of these torrents. */
export async function peersOf (trackerUrl, infoHashes) {
  return Promise.all(infoHashes.map(async (infoHash) => {
    const { files } = bencode.decode(await get(scrapeUrl(trackerUrl, infoHash)))
    const [{ complete, incomplete }] = Object.values(files)
    return complete + incomplete
  }))
}

const scrapeUrl = (trackerUrl, infoHash) => `${trackerUrl}/scrape?info_hash=${infoHash.replace(/../g, '%$&')}`
