import { once } from 'node:events'
import { get as getHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { builtProgram } from '../support/built.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { node24 } from '../support/node-24.js'
import { parsed } from '../support/pieces.js'
import { skipOrFail } from '../support/programs.js'
import { selfSigned } from '../support/self-signed.js'
import { startServer } from '../support/server.js'

// More than the smallest cache, and more than the kernel takes for a reader that stands still.
const MIB = 1024 * 1024
const SIZE = 90 * MIB + 12_345
const CONTENT = contentAt(1, 0, SIZE)

const dir = t.testdir({ buckets: { bkt: { film: CONTENT } }, tls: {} })
const store = await startFaultyOrigin(t)
store.put('bkt', 'film', { size: SIZE, seed: 1, public: true })
const signed = selfSigned(t, join(dir, 'tls'))

/** The answer to a GET over HTTP or TLS, whoever vouches for the certificate. */
async function answerTo (url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const get = url.startsWith('https:') ? getHttps : getHttp
  const [response] = await once(
    get(url, { agent: false, rejectUnauthorized: false, headers }), 'response'
  ) as [IncomingMessage]
  return response
}

/** Where the first wrong byte of a part is, -1 where there is none; `pause` between what comes. */
async function wrongByte (url: string, first: number, last: number, pause: (position: number) => unknown) {
  const response = await answerTo(url, { range: `bytes=${first}-${last}` })
  if (response.statusCode !== 206) throw new Error(`status ${response.statusCode}`)
  let position = first
  for await (const bytes of response as AsyncIterable<Buffer>) {
    if (!bytes.equals(CONTENT.subarray(position, position + bytes.length))) return position
    position += bytes.length
    await pause(position)
  }
  return position === last + 1 ? -1 : position
}

const fast = (): undefined => undefined
/** Stands still for a moment in the beginning, and when it was fast for long. */
const halting = () => {
  const halts = [MIB, 30 * MIB]
  let next = 0
  return async (position: number): Promise<void> => {
    if (position < (halts[next] ?? Infinity)) return
    next++
    await sleep(300)
  }
}

for (const [runtime, program] of [['this Node', process.execPath], ['Node 24', node24()]] as const) {
  for (const [name, origin] of [['S3', store.endpoint], ['directory', join(dir, 'buckets')]] as const) {
    for (const tls of name === 'S3' ? [false, true] : [false]) {
      t.test(`every byte, whoever takes its time: ${name}${tls ? ', TLS' : ''}, ${runtime}`, async (t) => {
        if (program === undefined || (tls && signed === undefined)) return skipOrFail(t, 'no Node 24, or no openssl')
        const server = await startServer(t, {
          program: [program, builtProgram()],
          args: [
            '--origin', origin, '--cache-size', String(64 * MIB), '--log-level', 'warn',
            ...tls ? ['--tls-cert', join(dir, 'tls/cert.pem'), '--tls-key', join(dir, 'tls/key.pem')] : []
          ]
        })
        const object = `${server.url}/bkt/film`
        const seed = (await parsed(await buffer(await answerTo(`${object}?torrent`)))).urlList[0] ?? ''
        for (const url of [object, seed]) {
          const all = await Promise.all([
            wrongByte(url, 0, SIZE - 1, fast),
            wrongByte(url, 0, SIZE - 1, halting()),
            wrongByte(url, MIB - 1, SIZE - 2, halting()),
            wrongByte(url, 70 * MIB + 3, SIZE - 1, fast)
          ])
          t.strictSame(all, [-1, -1, -1, -1], new URL(url).pathname)
        }
      })
    }
  }
}
