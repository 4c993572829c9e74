import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Test } from 'tap'
import type { Issued } from './certificate-authority.js'

/** A small HTTP proxy on loopback: tunnels, and whole requests of http. Every host is this machine. */
export class HttpProxy {
  /** `CONNECT host:port` or `GET http://…`, as they came. */
  readonly seen: string[] = []
  /** `user:password` that it wants. */
  wants: string | undefined
  /** What it answers instead of letting through; 0: nothing at all. */
  refusal: { status: number, headers?: Record<string, string>, body?: string } | undefined
  /** Requests that it was to forward, and those of them that no cache may answer. */
  forwarded = 0
  noCache = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor () {
    this.#server = createServer((request, response) => {
      const { method, url = '', headers } = request
      this.seen.push(`${method} ${url}`)
      this.forwarded++
      if (headers['cache-control'] === 'no-cache') this.noCache++
      const refusal = this.#refusalOf(request)
      if (refusal?.status === 0) return
      if (refusal !== undefined) {
        return response.writeHead(refusal.status, refusal.headers).end(method === 'HEAD' ? undefined : refusal.body)
      }
      const { port, pathname, search } = new URL(url)
      const { 'proxy-authorization': _, ...others } = headers
      const passed = httpRequest({
        host: '127.0.0.1', port: port === '' ? 80 : port, method, path: pathname + search, headers: others
      }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      passed.on('error', () => response.destroy())
      request.pipe(passed)
    })
    this.#server.on('connection', (socket: Socket) => this.#keep(socket))
    this.#server.on('connect', (request, near: Socket) => {
      this.seen.push(`CONNECT ${request.url}`)
      const refusal = this.#refusalOf(request)
      if (refusal?.status === 0) return
      if (refusal !== undefined) {
        const { status, headers = {}, body = '' } = refusal
        near.end(
          `HTTP/1.1 ${status} No\r\n` +
          `${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}Content-Length: ` +
          `${body.length}\r\n\r\n${body}`
        )
        return
      }
      const far = connect(Number(/:(\d+)$/.exec(request.url ?? '')?.[1]), '127.0.0.1', () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      })
      this.#keep(far)
      near.on('error', () => far.destroy()).on('close', () => far.destroy()).pipe(far)
      far.on('error', () => near.destroy()).pipe(near)
    })
  }

  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url (): string {
    return `http://127.0.0.1:${this.port}`
  }

  async listen (): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  close (): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep (socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
  }

  #refusalOf ({ headers }: IncomingMessage): HttpProxy['refusal'] {
    const isIn = this.wants === undefined ||
      headers['proxy-authorization'] === `Basic ${Buffer.from(this.wants).toString('base64')}`
    return isIn ? this.refusal : { status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="x"' } }
  }
}

/** Closed with the test. */
export async function startProxy (t: Test): Promise<HttpProxy> {
  const proxy = new HttpProxy()
  await proxy.listen()
  t.teardown(() => proxy.close())
  return proxy
}

/** A port that hands what comes over TLS on to another port of this machine, closed with the test. */
export async function tlsBefore (t: Test, port: number, pair: Issued | undefined): Promise<number> {
  const sockets = new Set<Socket>()
  const pass = (near: Socket): void => {
    const far = connect(port, '127.0.0.1')
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => {
        sockets.delete(socket)
        other.destroy()
      }).pipe(other)
    }
  }
  const server = pair === undefined ? createNetServer(pass) : createTlsServer(pair, pass)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
