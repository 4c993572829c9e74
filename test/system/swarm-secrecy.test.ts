import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { announcePath, scrapePath } from '../support/tracker-client.js'
import { UdpTrackerClient, announcePacket, scrapePacket } from '../support/udp-tracker-client.js'
import { until } from '../support/until.js'
import { WirePeer, handshake } from '../support/wire-peer.js'

const BOB = { accessKeyId: 'BOB', secretAccessKey: 'secret' }
const LIMIT_MS = 20_000

const origin = await startFaultyOrigin(t)
const directory = t.testdir({ credentials: credentialsText({ bob: BOB }) })
const [port, peerPort] = [await freePort(), await freePort()]
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--tracker-port', String(port), '--peer-port', String(peerPort), '--credentials-file',
    join(directory, 'credentials')
  ]
})
const udp = await UdpTrackerClient.open(t, port)
const id = await udp.connect()

/** Everything that the swarm's three doors answer of an info hash, without what is another one each time. */
async function answersTo (infoHash: string): Promise<Record<string, string>> {
  const plain = async (path: string): Promise<string> => {
    const { status, rawHeaders, body } = await httpGet({ port, path }, { timeoutMs: LIMIT_MS })
    return [
      status, ...rawHeaders.map((text, i) => rawHeaders[i - 1] === 'Date' ? '' : text), body.toString('latin1')
    ].join(
      '\n'
    ).replaceAll(
      Buffer.from(infoHash, 'hex').toString('latin1'), ''
    )
  }
  const packet = async (packet: Buffer): Promise<string> => {
    const answer = await udp.ask(packet)
    return Buffer.concat([answer.subarray(0, 4), answer.subarray(8)]).toString('latin1')
  }
  const closing = async (): Promise<string> => {
    const peer = await WirePeer.open(t, peerPort)
    peer.write(handshake(infoHash))
    await peer.closed
    return `closed after ${peer.received} bytes`
  }
  const [announced, scraped, announcedUdp, scrapedUdp, seeder] = await Promise.all([
    plain(announcePath(infoHash)), plain(scrapePath(infoHash)), packet(announcePacket(id, infoHash)), packet(
      scrapePacket(id, infoHash)
    ), closing()
  ])
  return { announced, scraped, announcedUdp, scrapedUdp, seeder }
}

const headsOf = (key: string): number => origin.requests.filter(
  ({ url, signer }) => url === `/bkt/${key}` && signer === undefined
).length
/** Waits until the origin was asked, for everybody, of an object more than so many times. */
async function untilAsked (key: string, more: number): Promise<boolean> {
  return until('the origin is asked', () => headsOf(key) > more)
}

t.test('of a private object tracker and seeder say what they say of none, before the origin has answered',
  async (t) => {
    if (!need(t, 'python-boto3')) return
    origin.put('bkt', 'secret.bin', { size: 2_000_000, seed: 1 })
    const [signed] = signWithBotocore([{ scheme: 'v4', url: `${server.url}/bkt/secret.bin?torrent`, ...BOB }])
    const { infoHash } = await parsed((await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })).body)
    const nobodys = await answersTo(createHash('sha1').update('nobody has this').digest('hex'))
    t.match(nobodys, {
      announced: /This tracker has no such torrent\.8:retry ini15e/,
      announcedUdp: /This tracker has no such torrent/,
      seeder: 'closed after 0 bytes'
    })

    let go: () => void = () => {}
    const before = headsOf('secret.bin')
    origin.faults = { held: new Promise((resolve) => { go = resolve }) }
    t.strictSame(await answersTo(infoHash), nobodys, 'the origin holds its answer')
    t.ok(await untilAsked('secret.bin', before), 'which nobody waits for')
    t.strictSame(await answersTo(infoHash), nobodys, 'nor while it is asked')
    go()
    origin.faults = {}
    await sleep(2_500) // the refusal is old
    t.strictSame(await answersTo(infoHash), nobodys, 'the origin answers')

    origin.faults = { statusBurst: { status: 503, count: Infinity } }
    await sleep(2_500)
    t.strictSame(await answersTo(infoHash), nobodys, 'the origin is busy')
    const { port: originPort } = origin
    await origin.close()
    t.strictSame(await answersTo(infoHash), nobodys, 'the origin is away')
    origin.faults = {}
    await origin.listen(originPort)
  })

t.test('an object that becomes public is there with the next announce but one', async (t) => {
  if (!need(t, 'python-boto3')) return
  origin.put('bkt', 'later.bin', { size: 100_000, seed: 3 })
  const [signed] = signWithBotocore([{ scheme: 'v4', url: `${server.url}/bkt/later.bin?torrent`, ...BOB }])
  const { infoHash } = await parsed((await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })).body)
  origin.put('bkt', 'later.bin', { size: 100_000, seed: 3, public: true })
  const announced = async (): Promise<string> => (await httpGet({ port, path: announcePath(infoHash) })).body.toString(
    'latin1'
  )
  t.match(await announced(), /failure reason/)
  t.ok(await untilAsked('later.bin', 0))
  await until('it is in the swarm', async () => (await announced()).includes('8:complete'))
})
