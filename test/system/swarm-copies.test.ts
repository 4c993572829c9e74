import { join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { announce } from '../support/tracker-client.js'
import { until } from '../support/until.js'
import { WirePeer } from '../support/wire-peer.js'

const BOB = { accessKeyId: 'BOB', secretAccessKey: 'secret' }
const GONE = 'This tracker has no such torrent.'
const COPIES = 40
const SIZE = 100_000

const origin = await startFaultyOrigin(t)
const directory = t.testdir({ credentials: credentialsText({ bob: BOB }) })
const [port, peerPort] = [await freePort(), await freePort()]
const start = () => startServer(t, {
  args: [
    '--origin', origin.endpoint, '--tracker-port', String(port), '--peer-port', String(peerPort), '--data-dir',
    join(directory, 'data'), '--credentials-file', join(directory, 'credentials')
  ]
})

// The same bytes under the same name: one info hash.
t.test('copies of a public object in the buckets of others do not take it out of the swarm', async (t) => {
  if (!need(t, 'python-boto3')) return
  let server = await start()
  const put = (bucket: string, isPublic: boolean) => origin.put(bucket, 'film.bin', {
    size: SIZE, seed: 1, public: isPublic
  })
  const restart = async (): Promise<void> => {
    await server.stop()
    server = await start()
  }
  const isInSwarm = async (what: string): Promise<void> => {
    const answer = await until(what, async () => {
      const answer = await announce({ port }, infoHash)
      t.not(answer.failure, GONE, what)
      return answer.failure === undefined && answer
    })
    t.match(answer, { failure: undefined, complete: 1 }, what)
    await WirePeer.greeted(t, peerPort, infoHash)
  }
  /** Asks for the torrents of as many copies, in buckets that are made for them. */
  const issue = async (kind: string, isPublic: boolean): Promise<void> => {
    const buckets = Array.from({ length: COPIES }, (_, i) => `${kind}-${i}`)
    for (const bucket of buckets) put(bucket, isPublic)
    const signed = signWithBotocore(
      buckets.map((bucket) => ({ scheme: 'v4', url: `${server.url}/${bucket}/film.bin?torrent`, ...BOB }))
    )
    for (const { url, headers } of signed) {
      const { status, body } = await httpGet(url, { headers })
      if (status !== 200 || (await parsed(body)).infoHash !== infoHash) t.fail(`${url}: ${status}`)
    }
  }

  put('open', true)
  const { infoHash } = await parsed((await httpGet(`${server.url}/open/film.bin?torrent`)).body)
  await isInSwarm('as it is')
  await issue('private', false)
  await isInSwarm('beside private copies')
  await restart()
  await isInSwarm('beside private copies, after a restart')

  await issue('public', true)
  for (let i = 0; i < COPIES; i++) put(`public-${i}`, false)
  await restart()
  await isInSwarm('beside copies that were public')

  put('open', false)
  await restart()
  t.match(await announce({ port }, infoHash), { failure: GONE }, 'once it is private itself')
  put('open', true)
  await httpGet(`${server.url}/open/film.bin?torrent`)
  t.match(
    await announce({ port }, infoHash),
    { failure: undefined, complete: 1 },
    'and public again, as soon as its torrent is answered'
  )
})
