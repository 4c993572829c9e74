import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConfigError } from '../../config/config-error.js'
import type { Listeners } from '../../config/listeners.js'
import { printable } from '../../util/unprintable.js'

/** Less than the five seconds that orchestrators commonly give, and a process needs to start. */
const LIMIT_MS = 3_000
const MAX_BYTES = 4096

/** One URL to ask, and how to know that it is this program that answers. */
interface Question {
  readonly url: string
  readonly isOurs: (answer: IncomingMessage, body: string) => boolean
}

interface Verdict {
  readonly healthy: boolean
  readonly because: string
  readonly refused?: boolean
}

/**
 * Asks the server that these listeners are of whether it answers, and says so in a line. In a container the server may
 * have been given other flags than whoever asks: where nobody listens on the admin port, the S3 listener is asked.
 * @throws ConfigError
 */
export async function healthcheck ({ host, port, tls, admin }: Listeners): Promise<{ text: string, healthy: boolean }> {
  if (admin === undefined && port === 0) {
    throw new ConfigError('Nobody knows the port of a server with --port 0 and --admin-port 0; give it one of them.')
  }
  const signal = AbortSignal.timeout(LIMIT_MS)
  const questions = [
    ...admin === undefined || admin.port === 0
      ? []
      : urlsOf('http', admin.host, admin.port).map((url): Question => ({
        url: `${url}/healthz`, isOurs: isHealthz
      })),
    ...port === 0
      ? []
      : urlsOf(tls === undefined ? 'http' : 'https', host, port).map((url): Question => ({
        url: `${url}/-/healthz`, isOurs: isS3
      }))
  ]
  const reasons: string[] = []
  for (const question of questions) {
    const { healthy, because, refused } = await ask(question, signal)
    if (healthy) return { healthy, text: `healthy: ${because}\n` }
    reasons.push(because)
    if (refused !== true) break
  }
  return { healthy: false, text: `unhealthy: ${reasons.join('; ')}.\n` }
}

// A wildcard is reached over loopback, the IPv6 one over IPv4 too where a machine has no ::1, as containers often have
// none.
function urlsOf (scheme: 'http' | 'https', host: string, port: number): string[] {
  const isWildcard = isIP(host) !== 0 && ipaddr.process(host).range() === 'unspecified'
  const hosts = !isWildcard ? [host] : isIP(host) === 4 ? ['127.0.0.1'] : ['::1', '127.0.0.1']
  return hosts.map((host) => `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
}

async function ask ({ url, isOurs }: Question, signal: AbortSignal): Promise<Verdict> {
  const shown = printable(url)
  try {
    const { answer, body } = await get(url, signal)
    return isOurs(answer, body)
      ? { healthy: true, because: `${shown} answers.` }
      : {
          healthy: false,
          because: `what answers at ${shown} (status ${answer.statusCode}) is no object-torrent with this configuration`
        }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (signal.aborted) return { healthy: false, because: `${shown} does not answer within ${LIMIT_MS / 1000} s` }
    if (code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL') {
      return { healthy: false, because: `nobody listens at ${shown}`, refused: true }
    }
    return { healthy: false, because: `${shown} cannot be asked (${printable(code ?? String(error))})` }
  }
}

function get (url: string, signal: AbortSignal): Promise<{ answer: IncomingMessage, body: string }> {
  // URL takes no zone of an address.
  const [, scheme = '', bracketed, name, port] = /^(https?):\/\/(?:\[(.*)\]|(.*)):(\d+)\//.exec(url) ?? []
  const send = scheme === 'https' ? httpsRequest : httpRequest
  // The certificate is for the public name and not for this address, and nothing is told to whoever has it.
  const options = {
    host: bracketed ?? name,
    port,
    path: url.replace(/^https?:\/\/[^/]*/, ''),
    agent: false,
    signal,
    rejectUnauthorized: false
  }
  return new Promise((resolve, reject) => {
    const sent = send(options, (answer) => {
      let body = ''
      answer.setEncoding('latin1').on('data', (text: string) => {
        body += text
        if (body.length > MAX_BYTES) answer.destroy(new Error('a long answer'))
      })
      answer.on('end', () => resolve({ answer, body }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

function isHealthz ({ statusCode }: IncomingMessage, body: string): boolean {
  return statusCode === 200 && body === '{"status":"ok"}'
}

// What it says of an own path that leads nowhere, and a store does not of a bucket that cannot be; too busy to say that
// is alive, too.
function isS3 (_: IncomingMessage, body: string): boolean {
  return /<Code>(NoSuchKey|SlowDown)<\/Code>/.test(body)
}
