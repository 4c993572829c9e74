import { connect } from 'node:net'
import type { Socket } from 'node:net'

const LIMIT_MS = 30_000

/**
 * Sends requests as they are, one after the other, on one connection for as long as the server keeps it. Whoever makes
 * it closes it.
 */
export class RawClient {
  readonly #port: number
  #socket: Socket | undefined

  constructor (port: number) {
    this.#port = port
  }

  /** The status of the answer, once it is whole; 0: the connection was closed without one. */
  send (request: Buffer): Promise<number> {
    const socket = this.#socket ?? this.#open()
    return new Promise((resolve, reject) => {
      let answer = ''
      const end = (): void => {
        socket.off('data', more)
        socket.off('close', end)
        clearTimeout(timer)
        if (socket.destroyed || /^connection: close\r$/mi.test(answer)) this.close()
        resolve(Number(answer.slice(9, 12)))
      }
      const more = (bytes: Buffer): void => {
        answer += bytes.toString('latin1')
        if (isWhole(answer, request)) end()
      }
      const timer = setTimeout(() => reject(new Error(`no answer to ${request.toString('latin1', 0, 200)}`)), LIMIT_MS)
      socket.on('data', more)
      socket.on('close', end)
      socket.write(request)
    })
  }

  close (): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open (): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {}) // a reset is an answer, too
    this.#socket = socket
    return socket
  }
}

function isWhole (answer: string, request: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length: (\d+)\r$/mi.exec(answer.slice(0, end + 2))?.[1]
  return request.toString('latin1', 0, 5) === 'HEAD ' || answer.startsWith('304', 9) || (length !== undefined &&
    answer.length >= end + 4 + Number(length))
}
