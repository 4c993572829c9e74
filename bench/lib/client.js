import { once } from 'node:events'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect } from 'node:net'

/**
 * GETs a URL on a connection of its own, or on `socket`, and returns the whole body. Any certificate will do. `onData`
 * gets the body as it comes. Rejects unless the answer is 200 and whole.
 * @param {string} url
 * @param {{ onData?: (chunk: Buffer) => void, signal?: AbortSignal, socket?: import('node:net').Socket }} [options]
 */
export async function get (url, { onData, signal, socket } = {}) {
  const asked = (url.startsWith('https:') ? requestTls : request)(url, {
    agent: false, rejectUnauthorized: false, signal, ...(socket && { createConnection: () => socket })
  }).end()
  asked.on('error', () => {}) // once() and the body tell it
  const [response] = await once(asked, 'response')
  const chunks = []
  for await (const chunk of response) {
    chunks.push(chunk)
    onData?.(chunk)
  }
  const body = Buffer.concat(chunks)
  if (response.statusCode !== 200) {
    throw new Error(`GET ${url}: ${response.statusCode} ${/<Code>(\w+)/.exec(body.toString())?.[1] ?? ''}`.trimEnd())
  }
  if (!response.complete) throw new Error(`GET ${url}: the body broke off`)
  return body
}

/** A connection without a request. */
export async function connection (url) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}
