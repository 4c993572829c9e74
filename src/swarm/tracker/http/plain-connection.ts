import type { Socket } from 'node:net'
import { networkKey } from '../../../net/endpoint.js'
import { plainGet } from '../../../net/plain-get.js'
import type { Connection } from '../tracker.js'
import { isTrackerPath } from './answers.js'
import type { TrackerPath } from './answers.js'
import { connectionOf } from './connection-of.js'
import type { PlainConnectionsParts } from './plain-connections.js'
import { replyHead } from './reply-head.js'

/** Whoever is told of the end of a plain connection. */
interface Owner {
  /** Hands the socket to node:http, as if it had just come. */
  readonly toHttp: (socket: Socket) => void
  /** The connection is closed, or node:http's. */
  readonly gone: () => void
}

const SILENT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

/**
 * A connection on which all requests so far were plain, and each came when the answer before had left. It ends by
 * itself, or becomes node:http's.
 */
export class PlainConnection {
  readonly #socket: Socket
  readonly #parts: PlainConnectionsParts
  readonly #owner: Owner
  readonly #network: string
  readonly #from: Connection | undefined
  #wasAsked = false
  /** A request came whose answer has not left. */
  #isBusy = false
  #isKept = true
  /** Its answer takes longer than a connection without a request may be silent. */
  #isLate = false

  constructor (socket: Socket, parts: PlainConnectionsParts, owner: Owner) {
    this.#socket = socket
    this.#parts = parts
    this.#owner = owner
    const { remoteAddress = '' } = socket
    this.#network = networkKey(remoteAddress)
    this.#from = connectionOf(socket, remoteAddress)
    socket.setTimeout(parts.requestMs)
    socket.on('data', this.#read)
    socket.on('timeout', this.#silent)
    socket.on('end', this.#ended)
    socket.on('error', nothing) // it closes
    socket.on('close', this.#closed)
  }

  close (): void {
    this.#socket.destroy()
  }

  readonly #read = (bytes: Buffer): void => {
    if (this.#isBusy) { // kept where it counts against the bound of the socket
      this.#socket.pause()
      this.#socket.unshift(bytes)
      return
    }
    const { target = '', isKept = false } = plainGet(bytes) ?? {}
    const end = target.indexOf('?')
    const path = target.slice(0, end)
    if (end < 0 || !isTrackerPath(path) || !this.#parts.answers.enter(this.#network)) return this.#leave(bytes)
    this.#isBusy = true
    this.#isKept = isKept
    if (!this.#wasAsked) this.#socket.setTimeout(this.#parts.keepAliveMs)
    this.#wasAsked = true
    this.#answer(path, target.slice(end + 1)).catch((error: unknown) => {
      this.#parts.failed(error)
      this.close()
    })
  }

  async #answer (path: TrackerPath, query: string): Promise<void> {
    const documentOf = await this.#parts.answers.of(path, query, this.#from)
    if (!this.#socket.writable) return // the client left meanwhile
    const document = documentOf()
    const head = replyHead(document.length, this.#isKept, this.#parts.keepAliveMs)
    this.#socket.write(head + document, 'latin1', this.#written)
  }

  readonly #written = (): void => {
    if (!this.#isBusy) return // it has closed
    this.#free()
    // A turn later: of a socket that is destroyed in here, node makes an error with a stack trace for nobody.
    if (!this.#isKept) process.nextTick(() => this.close())
    else if (this.#socket.readableLength > 0) this.#leave()
    else if (this.#isLate) this.#socket.setTimeout(this.#parts.keepAliveMs)
    this.#isLate = false
  }

  #free (): void {
    this.#isBusy = false
    this.#parts.answers.leave(this.#network)
  }

  readonly #silent = (): void => {
    if (this.#isBusy && !this.#isLate) {
      this.#isLate = true
      this.#socket.setTimeout(this.#parts.idleMs - this.#parts.keepAliveMs)
      return
    }
    if (!this.#wasAsked) this.#socket.write(SILENT)
    this.close()
  }

  // The answer of a client that sends no more is dropped: node:http does so too.
  readonly #ended = (): void => { this.#socket.end() }

  readonly #closed = (): void => {
    if (this.#isBusy) this.#free()
    this.#owner.gone()
  }

  #leave (bytes?: Buffer): void {
    const socket = this.#socket
    socket.off('data', this.#read)
    socket.off('timeout', this.#silent)
    socket.off('end', this.#ended)
    socket.off('error', nothing)
    socket.off('close', this.#closed)
    socket.setTimeout(0)
    this.#owner.gone()
    socket.pause()
    if (bytes !== undefined) socket.unshift(bytes)
    this.#owner.toHttp(socket)
    socket.resume()
  }
}

function nothing (): void {}
