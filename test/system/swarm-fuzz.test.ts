import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { contentAt } from '../support/content.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { startServer } from '../support/server.js'

const INPUTS = 100_000
const SIZE = 200_000
const CONNECTIONS = 16
const PIPELINED = 50
/** What may come on top after the first tenth, for all inputs of a kind: garbage, not state. */
const GROWTH_BYTES = 80 * 1024 * 1024
const GIVE_UP_MS = 120_000

const directory = t.testdir({ bkt: {} })
writeFileSync(join(directory, 'bkt/film.bin'), contentAt(1, 0, SIZE))
const [tracker, peer] = [await freePort(), await freePort()]
const server = await startServer(t, {
  args: ['--origin', directory, '--tracker-port', String(tracker), '--peer-port', String(peer), '--log-level', 'warn']
})
const { infoHash } = await parsed((await httpGet(`${server.url}/bkt/film.bin?torrent`)).body)
const HASH = Buffer.from(infoHash, 'hex')
const escaped = infoHash.replace(/../g, '%$&')

/** The same numbers in every run: 0 to below 2^32. */
function numbers (seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return (state ^ (state >>> 13)) >>> 0
  }
}

const pick = <T>(next: () => number, values: readonly T[]): T => values[next() % values.length] as T

/** A few bytes of it changed, cut out, doubled, or put in. */
function mutated (bytes: Buffer, next: () => number): Buffer {
  let result = Buffer.from(bytes)
  for (let changes = 1 + next() % 4; changes > 0; changes--) {
    const at = next() % (result.length + 1)
    const some = Buffer.from(Array.from({ length: next() % 8 }, () => next() & 255))
    if (next() % 3 === 0) result = Buffer.concat([result.subarray(0, at), some, result.subarray(at)])
    else if (next() % 2 === 0) result = Buffer.concat([result.subarray(0, at), result.subarray(at + next() % 16)])
    else if (at < result.length) result[at] = pick(next, [0, 1, 0x7f, 0x80, 0xff, next() & 255])
  }
  return result
}

const rss = (): number => Number(
  /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
) * 1024

/** Sends the inputs, measures after a tenth and at the end, and sees that the server is as it was. */
async function survives (t: Test, send: (inputs: number) => Promise<void>): Promise<void> {
  await send(INPUTS / 10)
  const before = rss()
  await send(INPUTS - INPUTS / 10)
  const grown = rss() - before
  t.comment(`${(grown / 1024 / 1024).toFixed(1)} MiB more after ${INPUTS} inputs`)
  t.ok(grown < GROWTH_BYTES, `${grown} bytes more`)
  t.equal(await Promise.race([server.exited, Promise.resolve('it runs')]), 'it runs')
  t.notMatch(server.stderr(), /could not answer|could not check|Uncaught|stopping:|"level":50/)
  t.match(
    (await httpGet(
      `http://127.0.0.1:${tracker}/announce?info_hash=${escaped}&peer_id=-XX0000-123456789012&port=1&left=1`
    )).body.toString(
      'latin1'
    ),
    /^d8:complete/,
    'it announces'
  )
  t.match(
    (await httpGet(`http://127.0.0.1:${tracker}/scrape?info_hash=${escaped}`)).body.toString('latin1'),
    /^d5:filesd20:/,
    'and scrapes'
  )
  const socket = connect(peer, '127.0.0.1').setTimeout(GIVE_UP_MS, () => socket.destroy())
  socket.write(handshake())
  const [answer] = await once(socket, 'data') as [Buffer]
  t.ok(answer.subarray(28, 48).equals(HASH), 'and shakes hands')
  socket.destroy()
}

/** Requests, pipelined on connections that are opened anew where the server closes them, each answered or closed. */
async function ask (targets: () => string, requests: number): Promise<void> {
  let left = requests
  const signal = AbortSignal.timeout(GIVE_UP_MS)
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (left > 0) {
      const socket = connect(tracker, '127.0.0.1')
      socket.on('error', () => {})
      const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()) })
      try {
        while (left > 0 && !socket.destroyed) {
          const count = Math.min(PIPELINED, left)
          left -= count
          socket.write(
            Array.from({ length: count }, () => `GET ${targets()} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''), 'latin1'
          )
          let answers = 0
          while (answers < count && !socket.destroyed) {
            const [bytes] = await Promise.race(
              [once(socket, 'data', { signal }).catch(() => []), closed.then(() => [])]
            ) as [Buffer?]
            answers += bytes === undefined ? 0 : bytes.toString('latin1').split('HTTP/1.1 ').length - 1
          }
        }
      } finally {
        socket.destroy()
      }
    }
  }))
}

const VALUES = [
  '', '0', '1', '-1', '65535', '65536', '1e400', 'NaN', '99999999999999999999', 'started', 'stopped', 'completed',
  'paused', '%', '%0', '%zz', '%00', '%ff%ff', '127.0.0.1', '::1', '=', '\u00e9', ' '.repeat(3), 'x'.repeat(300)
]
const NAMES = [
  'info_hash', 'peer_id', 'port', 'left', 'uploaded', 'downloaded', 'event', 'numwant', 'compact', 'no_peer_id', 'key',
  'ip', 'ipv4', 'ipv6', 'trackerid', 'constructor', '__proto__'
]

function announcement (next: () => number): string {
  const values: Record<string, string> = {
    info_hash: escaped,
    peer_id: '-XX0000-123456789012',
    port: String(1 + next() % 65_535),
    left: String(next() % 3),
    compact: String(next() % 2)
  }
  let query = Object.entries(values).map(
    ([name, value]) => `${name}=${next() % 12 === 0 ? pick(next, VALUES) : value}`
  ).join(
    '&'
  )
  for (let more = next() % 4; more > 0; more--) {
    query += `&${pick(next, NAMES)}${pick(next, ['=', '', '=='])}${pick(next, VALUES)}`
  }
  return next() % 3 === 0
    ? mutated(Buffer.from(query, 'latin1'), next).toString('latin1').replace(/[\r\n]/g, '')
    : query
}

function handshake (): Buffer {
  return Buffer.concat([
    Buffer.from('\u0013BitTorrent protocol'), Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 4]), HASH,
    Buffer.from('-XX0000-123456789012')
  ])
}

function message (id: number, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(5 + 4 * numbers.length)
  bytes.writeUInt32BE(1 + 4 * numbers.length)
  bytes[4] = id
  numbers.forEach((number, i) => bytes.writeUInt32BE(number >>> 0, 5 + 4 * i))
  return bytes
}

function extended (id: number, text: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from([20, id]), Buffer.from(text, 'latin1')])
  bytes.writeUInt32BE(bytes.length - 4)
  return bytes
}

const BENCODED = [
  'd1:md11:ut_metadatai1eee',
  'd1:md11:ut_metadatai1ee13:metadata_sizei99999999999e4:reqqi-1ee',
  'd8:msg_typei0e5:piecei0ee',
  'd8:msg_typei0e5:piecei-1ee',
  'd8:msg_typei1e5:piecei0e10:total_sizei5eexxxxx',
  'l-3:e',
  'd8:toStringi1ee',
  'i-0e',
  '99999999999:',
  'l'.repeat(5000),
  'd1:md9:__proto__i1eee',
  ''
]

function wireMessage (next: () => number): Buffer {
  switch (next() % 8) {
    case 0: return message(
      6, next() % 14, pick(next, [0, 16_384, 0xffffffff, next()]), pick(next, [16_384, 131_073, 0, 0xffffffff])
    )
    case 1: return message(6, next() % 12, 0, 16_384)
    case 2: return message(next() % 24, ...Array.from({ length: next() % 4 }, () => next()))
    case 3: return extended(next() % 3, pick(next, BENCODED))
    case 4: return Buffer.from(
      pick(next, ['00000000', '7fffffff', '80000000', 'ffffffff', '0001000100', '00000001', '0000000106']), 'hex'
    )
    case 5: return message(2)
    case 6: return mutated(message(8, next() % 14, 0, 16_384), next)
    default: return Buffer.from(Array.from({ length: next() % 64 }, () => next() & 255))
  }
}

t.test(`${INPUTS} announces`, async (t) => {
  const next = numbers(1)
  await survives(t, (inputs) => ask(() => `/announce?${announcement(next)}`, inputs))
})

t.test(`${INPUTS} scrapes`, async (t) => {
  const next = numbers(2)
  const query = (): string => Array.from(
    { length: next() % 5 }, () => `info_hash=${next() % 3 === 0 ? pick(next, VALUES) : escaped}`
  ).join('&')
  await survives(t, (inputs) => ask(
    () =>
      `/scrape?${next() % 3 === 0 ? mutated(Buffer.from(query(), 'latin1'), next).toString('latin1').replace(/[\r\n]/g, '') : query()}`,
    inputs
  ))
})

t.test(`T1: ${INPUTS} info hashes that nobody knows`, async (t) => {
  const next = numbers(3)
  const hash = (): string => Array.from({ length: 20 }, () => `%${(next() & 255).toString(16).padStart(2, '0')}`).join(
    ''
  )
  await survives(
    t, (inputs) => ask(() => `/announce?info_hash=${hash()}&peer_id=-XX0000-123456789012&port=6881&left=0`, inputs)
  )
})

t.test(`${INPUTS} UDP packets`, async (t) => {
  const next = numbers(4)
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.connect(tracker, '127.0.0.1')
  await once(socket, 'connect')
  let answers = 0
  let connectionId = Buffer.alloc(8)
  socket.on('error', () => {})
  socket.on('message', (packet) => {
    answers++
    if (packet.length === 16 && packet.readUInt32BE(0) === 0) connectionId = Buffer.from(packet.subarray(8))
  })
  const greeting = Buffer.from('0000041727101980000000000000002a', 'hex')
  const announce = (): Buffer => {
    const packet = Buffer.alloc(98)
    connectionId.copy(packet)
    packet.writeUInt32BE(1, 8)
    HASH.copy(packet, 16)
    packet.writeUInt32BE(next() % 5, 80)
    packet.writeUInt32BE(next(), 92)
    packet.writeUInt16BE(next() & 0xffff, 96)
    return packet
  }
  const scrape = (): Buffer => Buffer.concat(
    [connectionId, Buffer.from('0000000200000007', 'hex'), ...Array.from({ length: next() % 90 }, () => HASH)]
  )
  await survives(t, async (inputs) => {
    for (let sent = 0; sent < inputs; sent++) {
      if (sent % 1000 === 0) socket.send(greeting)
      const packet = pick(next, [announce, scrape, () => greeting])()
      socket.send(
        next() % 3 === 0 ? packet : next() % 3 === 0 ? packet.subarray(0, next() % 98) : mutated(packet, next)
      )
      if (sent % 100 === 99) await sleep(1) // or the kernel drops them
    }
    await sleep(200)
  })
  t.ok(answers > INPUTS / 100, `${answers} were answered`)
})

t.test(`T12: ${INPUTS} messages of peers`, async (t) => {
  const next = numbers(5)
  await survives(t, async (inputs) => {
    let left = inputs
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      while (left > 0) {
        const count = Math.min(1 + next() % 40, left)
        left -= count
        const socket = connect(peer, '127.0.0.1').resume().setTimeout(GIVE_UP_MS, () => socket.destroy())
        socket.on('error', () => {})
        const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()) })
        const first = next() % 10 === 0 ? mutated(handshake(), next) : handshake()
        socket.write(first)
        // Or all of it comes before the torrent was looked up.
        if (next() % 4 !== 0) await Promise.race([sleep(5), closed])
        socket.end(Buffer.concat(
          Array.from({ length: count }, () => next() % 4 === 0 ? mutated(wireMessage(next), next) : wireMessage(next))
        ))
        await Promise.race([closed, sleep(20)])
        socket.destroy()
      }
    }))
  })
})
