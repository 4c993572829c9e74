import { GiB } from '../lib/bench.js'
import { get } from '../lib/client.js'
import { atMost, figure } from '../lib/line.js'
import { alternate } from '../lib/measure.js'
import { startNginx } from '../lib/nginx.js'
import { startServer } from '../lib/server.js'
import { checkTorrent, digestsWithin } from '../lib/torrent.js'

const KILLED_AT = 0.7

export const restart = {
  name: 'restart',
  what: 'kill -9 at 70 % of 1 GiB, again: bytes read at the store / size',
  needs: ['nginx'],
  rounds: 3,
  async run (bench) {
    const { ours } = await alternate(bench, '', { ours: () => readAgain(bench) })
    return [figure({ what: this.what, ours, goal: atMost(0.35) })]
  }
}

async function readAgain (bench) {
  const object = bench.content.random('object', bench.scaled(GiB))
  const dataDir = bench.folder('data')
  const nginx = await startNginx(bench)
  const origin = nginx.limited // or it is over before the client knows
  await killWithin(await startServer(bench, { origin, dataDir }), object)
  const before = await nginx.sentBytes(object)

  const server = await startServer(bench, { origin, dataDir })
  const torrent = await get(server.torrentUrl(object))
  await server.stop()
  checkTorrent(torrent, object)
  return (await nginx.sentBytes(object) - before) / object.size
}

// Kills the server as soon as the client has received a certain part of the digests.
async function killWithin (server, object) {
  const chunks = []
  let killed
  const onData = (chunk) => {
    chunks.push(chunk)
    const received = Buffer.concat(chunks)
    const digests = digestsWithin(received, object)
    if (digests !== undefined && received.length >= digests.first + digests.length * KILLED_AT) {
      killed ??= server.stop('SIGKILL')
    }
  }
  const whole = await get(server.torrentUrl(object), { onData }).then(() => true, () => false)
  if (killed === undefined) throw new Error('the server broke the torrent off before it was killed')
  if (whole) throw new Error('the torrent was finished before the kill')
  await killed
}
