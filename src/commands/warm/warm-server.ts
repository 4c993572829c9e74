import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Outbound } from '../../net/outbound.js'
import { isProxyAnswer, proxyFailure, proxyRefusal } from '../../net/proxy-error.js'
import type { ListedObject } from '../../objects/listing.js'
import { OriginRefusal, OriginUnavailable } from '../../objects/origin-errors.js'
import type { Requester } from '../../objects/requester.js'
import { routed } from '../../objects/transport/range-route.js'
import { S3Requests, targetOf } from '../../objects/s3/s3-requests.js'
import { readErrorXml } from '../../s3/error-xml.js'
import { reasonOf } from '../../s3/no-torrent.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import { pause } from '../../util/retry.js'
import { skipOf } from './warm-outcome.js'
import type { WarmOutcome } from './warm-outcome.js'

/** The server sends a byte every three seconds, whatever happens. */
const STALL_MS = 60_000
const MAX_TRIES = 10
const PAUSE_MS = 5_000
const MAX_ERROR_BYTES = 64 * 1024

export type WarmProgress = (done: number, known: number) => void

/** A running server, asked for torrents so that it hashes what they are of. Whoever makes it closes it. */
export class WarmServer {
  readonly #requests: S3Requests
  readonly #requester: Requester
  readonly #outbound: Outbound
  readonly #agents
  /** What every question says besides `?torrent`. */
  readonly #format: { readonly format?: TorrentFormat }

  /** @param format of the torrents; undefined: the server's own */
  constructor (url: string, region: string, requester: Requester, outbound: Outbound, format?: TorrentFormat) {
    this.#format = format === undefined ? {} : { format }
    this.#requests = new S3Requests({ endpoint: url, region, addressing: 'path' })
    this.#requester = requester
    this.#outbound = outbound
    this.#agents = { http: outbound.httpAgent(), https: outbound.httpsAgent() }
  }

  /**
   * Asks until the torrent is there; a server that is busy is asked again for a while.
   * @throws OriginUnavailable, OriginRefusal
   */
  warm (
    bucket: string, { key, size }: ListedObject, onProgress: WarmProgress, signal: AbortSignal
  ): Promise<WarmOutcome> {
    return this.#ask({ bucket, key }, {}, size, onProgress, signal)
  }

  /** The same of all objects under a prefix. @param size bytes of them */
  warmPrefix (
    bucket: string,
    { prefix, size }: { readonly prefix: string, readonly size: number },
    onProgress: WarmProgress,
    signal: AbortSignal
  ): Promise<WarmOutcome> {
    return this.#ask({ bucket, key: '' }, { prefix }, size, onProgress, signal)
  }

  async #ask (
    object: ObjectAddress, query: Record<string, string>, size: number, onProgress: WarmProgress, signal: AbortSignal
  ): Promise<WarmOutcome> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#get(object, query, signal)
      if (answer.statusCode === 200) {
        await drain(answer, (share) => onProgress(size * share, 0))
        return { is: 'hashed' }
      }
      const { code, message } = await errorOf(answer)
      if (code !== 'SlowDown' || tries === MAX_TRIES) {
        return skipOf(reasonOf(code, message)) ?? { is: 'failed', reason: `${message} (${code})` }
      }
      const seconds = /^\d{1,3}$/.exec(answer.headers['retry-after'] ?? '')?.[0]
      await pause(Number(seconds ?? 0) * 1000 || PAUSE_MS, signal)
    }
  }

  close (): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  async #get (object: ObjectAddress, query: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    const request = await this.#requests.signed(
      'GET', object, this.#requester, {}, { torrent: '', ...query, ...this.#format }
    )
    const { protocol, hostname, port, headers } = request
    const isTls = protocol === 'https:'
    const proxy = this.#outbound.forwarder({ protocol, hostname, port })
    const { host, tls, ...way } = routed(
      {
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port ?? (isTls ? 443 : 80),
        tls: isTls,
        path: targetOf(request),
        headers
      },
      this.#outbound
    )
    return new Promise((resolve, reject) => {
      const sent = (tls ? httpsRequest : httpRequest)({
        host,
        port: way.port,
        path: way.path,
        headers: { ...way.headers },
        agent: tls ? this.#agents.https : this.#agents.http,
        timeout: STALL_MS,
        signal
      })
      sent.on('response', (answer) => {
        if (proxy === undefined || !isProxyAnswer(answer.statusCode ?? 0, answer.headers)) return resolve(answer)
        answer.destroy()
        reject(new OriginUnavailable('the server could not be asked', {
          cause: proxyRefusal(proxy, headers['host'] ?? hostname, answer.statusCode ?? 0)
        }))
      })
      sent.on('timeout', () => sent.destroy(new OriginUnavailable(`no byte from the server for ${STALL_MS / 1000} s`)))
      sent.on('error', (cause) => reject(new OriginUnavailable('the server could not be asked', {
        cause: proxy === undefined ? cause : proxyFailure(proxy, cause)
      })))
      sent.end()
    })
  }
}

async function drain (answer: IncomingMessage, onProgress: (share: number) => void): Promise<void> {
  const length = Number(answer.headers['content-length'])
  let came = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) onProgress(Math.min(1, (came += chunk.length) / length))
  } catch (cause) {
    throw new OriginUnavailable('the server broke its answer off', { cause })
  }
  if (came !== length) throw new OriginUnavailable('the server broke its answer off')
}

async function errorOf (answer: IncomingMessage): Promise<{ code: string, message: string }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ERROR_BYTES) throw new OriginUnavailable('the server answered a long error')
  }
  const { code, message } = readErrorXml(Buffer.concat(chunks).toString()) ?? { code: '', message: '' }
  if (code === 'AccessDenied' || code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch') {
    throw new OriginRefusal(code)
  }
  return code === ''
    ? { code: `status ${answer.statusCode}`, message: 'the server answered no S3 error' }
    : { code, message }
}
