import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync, ftruncateSync, mkdirSync, openSync, renameSync, statSync, utimesSync, writeFileSync, writeSync
} from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { selfSigned } from '../support/self-signed.js'
import { startServer } from '../support/server.js'

const MIB = 1024 * 1024

const origin = await startFaultyOrigin(t)

t.test('a file that is changed in place while it is hashed', async (t) => {
  const size = 1_500 * MIB
  const dir = t.testdir()
  const path = join(dir, 'bkt', 'file')
  mkdirSync(join(dir, 'bkt'))
  const files = await startServer(t, { args: ['--origin', dir] })
  const write = (at: number): void => {
    const file = openSync(path, 'r+')
    writeSync(file, 'changed', at)
    closeSync(file)
  }
  const CHANGES: Array<[name: string, change: () => void]> = [
    ['its beginning', () => write(0)],
    ['its middle', () => write(size / 2)],
    ['its end', () => write(size - 7)],
    ['its end, and its time put back', () => {
      const { atime, mtime } = statSync(path)
      write(size - 7)
      utimesSync(path, atime, mtime)
    }],
    ['everywhere', () => { for (let at = 0; at < size; at += 50 * MIB) write(at) }],
    ['cut short, and made as long again', () => {
      const file = openSync(path, 'r+')
      ftruncateSync(file, size - 10_000_000)
      ftruncateSync(file, size)
      closeSync(file)
      write(size - 7)
    }],
    ['another file renamed over it', () => {
      writeFileSync(`${path}.new`, 'changed')
      renameSync(`${path}.new`, path)
    }]
  ]
  const zeros = new Map<number, string>()
  const zeroHash = (length: number): string => {
    const hash = zeros.get(length) ?? createHash('sha1').update(Buffer.alloc(length)).digest('hex')
    zeros.set(length, hash)
    return hash
  }
  let broken = 0
  for (const [name, change] of CHANGES) {
    for (const after of [400, 6_000]) {
      // A new file, of zeros without blocks.
      const file = openSync(`${path}.new`, 'w')
      ftruncateSync(file, size)
      closeSync(file)
      renameSync(`${path}.new`, path)
      await sleep(50)
      const chunks: Buffer[] = []
      let received = 0
      let changed = false
      const response = await httpGet(`${files.url}/bkt/file?torrent`, {
        timeoutMs: 120_000,
        onChunk: (chunk) => {
          chunks.push(chunk)
          received += chunk.length
          if (received < after || changed) return
          changed = true
          change()
        }
      })
      t.ok(changed, `${name}, changed after ${after} bytes of the answer`)
      if (!response.complete) {
        broken++
        continue
      }
      const { pieces, pieceLength } = await parsed(Buffer.concat(chunks))
      const old = pieces.every((piece, index) => piece === zeroHash(Math.min(pieceLength, size - index * pieceLength)))
      t.ok(old, `${name}, after ${after} bytes: a torrent, so it is wholly of what the file was`)
    }
  }
  t.ok(broken >= CHANGES.length, `${broken} of ${2 * CHANGES.length} answers are broken off`)
})

/** Passes every connection on to the origin. */
async function passOn (
  t: Test, proxy: NetServer, event: 'connection' | 'secureConnection', host: string
): Promise<number> {
  const sockets = new Set<Socket>()
  proxy.on(event, (near: Socket) => {
    const far = connect(origin.port, '127.0.0.1')
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  t.teardown(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  proxy.listen(0, host)
  await once(proxy, 'listening')
  return (proxy.address() as AddressInfo).port
}

t.test('an origin by TLS', async (t) => {
  const signed = selfSigned(t, t.testdir())
  if (signed === undefined) return
  const port = await passOn(t, createTlsServer(signed), 'secureConnection', '127.0.0.1')
  for (const host of ['localhost', '127.0.0.1']) {
    const trusting = await startServer(t, {
      args: ['--origin', `https://${host}:${port}`], env: { NODE_EXTRA_CA_CERTS: signed.certPath }
    })
    const { right } = hashing(origin, trusting)
    await right(t, { size: 60_000_003, seed: 1 }, `${host}, and its certificate is trusted`)
    await right(t, { size: 60_000_003, seed: 1, faults: { cutAfter: 8 * MIB } }, `${host}, which cuts`)
    t.notMatch(trusting.stderr(), /Warning/, `${host}: nothing to warn of`)
    await trusting.stop()
  }
  const distrusting = await startServer(t, { args: ['--origin', `https://localhost:${port}`] })
  await t.test('which is not trusted', async (t) => {
    const { put, ask, readsOf } = hashing(origin, distrusting)
    const { key } = put({ size: 50_000, seed: 1 })
    t.equal(await outcomeOf(await ask(key)), 'status 503')
    t.equal(readsOf(key).length, 0)
  })
})

t.test('an origin by IPv6 address', async (t) => {
  const port = await passOn(t, createServer(), 'connection', '::1')
  const six = await startServer(t, { args: ['--origin', `http://[::1]:${port}`] })
  await hashing(origin, six).right(t, { size: 60_000_003, seed: 1 }, '[::1]')
})
