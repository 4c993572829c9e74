// node attacks.js NAME SECONDS TARGET: one stranger, from addresses of its own, is at work for SECONDS. Then the process
// ends without closing anything. It is a process of its own, so that its own cost is not measured as a cost to others.
// TARGET is JSON: ports s3, tracker, udp, seeder, admin; tls; paths big, stored, seed, none and cold (a list).
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { pathToFileURL } from 'node:url'
import { connect as connectTls } from 'node:tls'

const head = (
  path, { method = 'GET', host = 'x', headers = '' } = {}
) => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`
const address = (i) => `127.0.${1 + i % 7}.${1 + i % 5}`
let opened = 0

/**
 * A connection from one of many addresses. It reads only with `reads`.
 * @param {number} port
 * @param {{ tls?: boolean, from?: string, reads?: boolean, then?: (socket: import('node:net').Socket) => void }} [options]
 */
function open (port, { tls = false, from = address(opened++), reads = false, then = () => {} } = {}) {
  const at = { port, host: '127.0.0.1', localAddress: from, rejectUnauthorized: false }
  const socket = tls ? connectTls(at) : connect(at)
  socket.on('error', () => {})
  socket.once(tls ? 'secureConnect' : 'connect', () => then(socket))
  if (reads) socket.resume()
  else socket.pause()
  return socket
}

const writing = (...heads) => (socket) => { socket.write(heads.join('')) }
const times = (count, text) => Array.from({ length: count }, () => text)
const junk = (length) => Buffer.from(Array.from({ length }, () => Math.floor(Math.random() * 256)))

/** Runs `work` every `ms`; rounds that were missed are not made up for. */
const every = (ms, work) => { setInterval(work, ms) }

const now = () => new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
const signedHeaders = () => head('/bench/x', {
  headers: `x-amz-date: ${now()}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n` +
    'Authorization: AWS4-HMAC-SHA256 ' +
    `Credential=NOBODY/${now().slice(0, 8)}/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;` +
    `x-amz-date;${'a;'.repeat(3500)}a,Signature=00\r\n${'a:\r\n'.repeat(1600)}`
})

export const ATTACKS = {
  pipelines: ({ s3, tls, big }) => every(500, () => {
    const socket = open(s3, { tls, then: writing(...times(1200, head(big))) })
    setTimeout(() => socket.destroy(), 1_000)
  }),
  'pipelined web seeds': ({ s3, tls, seed }) => every(500, () => {
    const socket = open(s3, { tls, then: writing(...times(60, head(seed))) })
    setTimeout(() => socket.destroy(), 1_000)
  }),
  'slow readers': ({ s3, tls, big }) => {
    let count = 0
    every(10, () => { if (count++ < 1_100) open(s3, { tls, then: writing(head(big)) }) })
  },
  'cold torrents, and away': ({ s3, tls, cold }) => every(1_000, () => {
    const socket = open(s3, { tls, then: writing(...cold.map((path) => head(path))) })
    setTimeout(() => socket.destroy(), 500)
  }),
  HEADs: ({ s3, tls, big }) => {
    const sockets = times(8).map(() => open(s3, { tls, reads: true }))
    every(200, () => { for (const socket of sockets) socket.write(head(big, { method: 'HEAD' }).repeat(10)) })
    every(1_000, () => {
      const socket = open(s3, { tls, then: writing(...times(5_000, head(big, { method: 'HEAD' }))) })
      setTimeout(() => socket.destroy(), 500)
    })
  },
  'heads of 16 KB': ({ s3, tls, none }) => {
    every(200, () => open(s3, { tls, reads: true, then: writing(signedHeaders()) }))
    every(200, () => open(s3, {
      tls, reads: true, then: writing(head(none, { headers: `Range: bytes=${' '.repeat(15_800)}x\r\n` }))
    }))
    every(200, () => open(s3, {
      tls,
      reads: true,
      then: writing(head(`/bench/x?AWSAccessKeyId=a&Expires=99999999999&Signature=a${'&x-amz-'.repeat(2_250)}`))
    }))
  },
  'half a head': ({ s3, tls, tracker, admin }) => {
    let count = 0
    every(20, () => {
      if (count++ < 400) {
        for (const port of [s3, tracker, admin]) {
          open(port, { tls: tls && port === s3, then: writing('GET /bench/x HTTP/1.1\r\nHost: x\r\nX-Slow: ') })
        }
      }
    })
  },
  'rubbish for the tracker': ({ tracker, udp }) => {
    const socket = createSocket('udp4')
    const connectPacket = Buffer.concat([Buffer.from('0000041727101980', 'hex'), junk(8)])
    every(20, () => {
      for (let i = 0; i < 4; i++) socket.send(i === 0 ? connectPacket : junk(16 + i * 40), udp, '127.0.0.1')
      open(tracker, {
        reads: true,
        then: writing(
          head(
          `/announce?info_hash=${times(20, '%00').join('')}&peer_id=${'x'.repeat(20)}&port=1&` +
          `left=${junk(4).readUInt32BE()}`
          ),
          head(`/scrape?${'info_hash=%41&'.repeat(500)}`),
          head('/announce?')
        )
      })
      const pipelining = open(tracker, { then: writing(...times(100, head('/announce'))) })
      setTimeout(() => pipelining.destroy(), 200)
    })
  },
  'silent peers': ({ seeder }) => {
    const sockets = []
    every(20, () => {
      sockets.push(open(seeder, {
        then: (socket) => {
          if (sockets.length % 2 === 0) {
            socket.write(Buffer.concat([Buffer.from([19]), Buffer.from('BitTorrent protocol'), junk(48)]))
          }
        }
      }))
      if (sockets.length > 300) sockets.shift().destroy()
    })
  },
  'pages that leave': ({ admin }) => every(100, () => {
    const socket = open(admin, {
      then: writing(
        ...times(5, head('/-/live', { host: '127.0.0.1' })), ...times(5, head('/metrics', { host: '127.0.0.1' }))
      )
    })
    setTimeout(() => socket.destroy(), 50)
  })
}

// A real stranger has a machine of its own. Here it gets the processor time that the others leave. Linux may weigh whole
// sessions instead of processes, so the session's weight is lowered too.
function yieldProcessors () {
  setPriority(19)
  try {
    writeFileSync('/proc/self/autogroup', '19')
  } catch {}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, seconds, target] = process.argv.slice(2)
  yieldProcessors()
  const begin = name === 'all' ? Object.values(ATTACKS) : [ATTACKS[name]]
  for (const attack of begin) attack(JSON.parse(target))
  setTimeout(() => process.exit(0), Number(seconds) * 1000)
}
