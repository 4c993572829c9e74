// Honest clients, which measure how long they wait while strangers are at work.
import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const AT_ONCE = 6
const PAUSE_MS = 10
const LIMIT_MS = 30_000

/**
 * Makes requests for `seconds`, a few at a time with pauses.
 * @param asks the URLs, each with the status that is right
 * @returns the milliseconds of every answer, to its last byte, and what went wrong
 */
export async function honestly (asks, seconds) {
  const agents = {
    'http:': new Agent({ keepAlive: true }), 'https:': new TlsAgent({ keepAlive: true, rejectUnauthorized: false })
  }
  const times = []
  const failures = []
  const end = performance.now() + seconds * 1000
  await Promise.all(Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let i = lane; performance.now() < end; i++) {
      const { url, status, headers } = asks[i % asks.length]
      const begun = performance.now()
      const got = await statusOf(url, headers, agents)
      times.push(performance.now() - begun)
      if (got !== status) failures.push(`${new URL(url).pathname}: ${got}`)
      await sleep(PAUSE_MS)
    }
  }))
  for (const agent of Object.values(agents)) agent.destroy()
  return { times: times.sort((a, b) => a - b), failures }
}

export const percentile = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))]

function statusOf (url, headers, agents) {
  const { protocol } = new URL(url)
  return new Promise((resolve) => {
    const asked = (protocol === 'https:' ? requestTls : request)(url, {
      headers, agent: agents[protocol], signal: AbortSignal.timeout(LIMIT_MS)
    }, (response) => {
      response.resume().once('close', () => resolve(response.complete ? response.statusCode : 'broken off'))
    })
    asked.once('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code ?? error.name))
    asked.end()
  })
}

// node honest.js SECONDS ASKS runs the same in a process of its own, and prints { count, p50, p99, failures } as JSON.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [seconds, asks] = process.argv.slice(2)
  const { times, failures } = await honestly(JSON.parse(asks), Number(seconds))
  process.stdout.write(JSON.stringify({
    count: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99), failures
  }))
}
