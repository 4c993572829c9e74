import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { builtProgram } from '../support/built.js'
import { contentAt } from '../support/content.js'
import { runClient } from '../support/clients.js'
import type { ClientRun } from '../support/clients.js'
import { runLibtorrent } from '../support/libtorrent.js'
import { networkPair } from '../support/network-pair.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

const PORT = 6969
const SERVER = ['10.78.0.1', '10.78.0.2', 'fd78::1', 'fd78::2']
const LATER = ['10.78.0.3', 'fd78::3']
const CLIENT = ['10.78.0.9', 'fd78::9']
const withPrefix = (address: string): string => address + (address.includes(':') ? '/64' : '/24')
const urlOf = (address: string): string => `udp://${address}:${PORT}/announce`

/**
 * Asks a UDP tracker at each address for a connection id, from a connected socket: what comes from elsewhere is
 * dropped. Prints who has answered in so many milliseconds.
 */
const ASK = `
const { createSocket } = require('node:dgram')
const [limit, ...addresses] = process.argv.slice(1)
const answered = new Set()
const end = () => { console.log(JSON.stringify(addresses.filter((address) => answered.has(address)))); process.exit() }
setTimeout(end, Number(limit))
for (const address of addresses) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  socket.on('message', () => { answered.add(address); if (answered.size === addresses.length) end() })
  socket.connect(${PORT}, address, () => {
    const ask = () => socket.send(Buffer.from('000004172710198000000000000000ff', 'hex'), () => {})
    setInterval(ask, 250)
    ask()
  })
}`

for (const host of ['0.0.0.0', '::']) {
  t.test(`on ${host}, UDP is answered from the address that was asked`, async (t) => {
    const pair = networkPair(t, { server: SERVER.map(withPrefix), client: CLIENT.map(withPrefix) })
    if (pair === undefined) return
    const buckets = t.testdir({ open: {} })
    writeFileSync(join(buckets, 'open/film.bin'), contentAt(1, 0, 50_000))
    const ofHost = (addresses: string[]): string[] => addresses.filter(
      (address) => host === '::' || !address.includes(':')
    )
    const urls = ['10.78.0.1', '10.78.0.2'].map(urlOf)
    const server = await startServer(t, {
      program: [...pair.server, process.execPath, builtProgram()],
      args: [
        '--origin',
        buckets,
        '--host',
        host,
        '--port',
        '8080',
        '--tracker-port',
        String(PORT),
        '--peer-port',
        '6881',
        ...urls.flatMap((url) => ['--tracker-url', url])
      ]
    })
    const run = (args: string[]): Promise<ClientRun> => {
      const [program = '', ...rest] = [...pair.client, ...args]
      return runClient(program, rest, { seconds: 60 })
    }
    const answering = async (addresses: string[], ms: number): Promise<unknown> => JSON.parse(
      (await run([process.execPath, '-e', ASK, String(ms), ...addresses])).stdout
    )

    t.same(await answering(ofHost(SERVER), 10_000), ofHost(SERVER), 'each of several')
    t.test('libtorrent', async (t) => {
      if (!need(t, 'python-libtorrent')) return
      const dir = tempDir(t)
      const torrent = join(dir, 'film.torrent')
      const got = await run([
        process.execPath,
        '-e',
        'fetch(\'http://10.78.0.1:8080/open/film.bin?torrent\').then(async (answer) => ' +
        `require('node:fs').writeFileSync(${JSON.stringify(torrent)}, Buffer.from(await answer.arrayBuffer())))`
      ])
      t.equal(got.code, 0, got.output)
      const { announced, failed } = await runLibtorrent(
        ['scrape', torrent, dir, '20', '10.78.0.9:6999'], 40, pair.client
      ) as {
        announced: Record<string, number>
        failed: string[]
      }
      t.same(
        [announced, failed],
        [Object.fromEntries(urls.map((url) => [url, 1])), []],
        'the seeder at the address that was asked'
      )
    })
    for (const address of LATER) pair.add('server', withPrefix(address))
    t.same(
      await answering(ofHost([...SERVER, ...LATER]), 40_000),
      ofHost([...SERVER, ...LATER]),
      'and of those that come later'
    )
    t.notMatch(server.stderr(), /"level":[456]0/)
  })
}
