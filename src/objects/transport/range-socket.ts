import { connect, isIP } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import { openTunnel } from '../../net/tunnel.js'
import type { RangeRequest } from '../worker-read.js'

/** Where a range is asked for. */
export type RangePlace = Pick<RangeRequest, 'host' | 'port' | 'tls' | 'tunnel'>

export interface RangeSocketOptions {
  /** Whom to trust; undefined: whom node trusts. */
  readonly secureContext: SecureContext | undefined
  /** Where the next bytes go. */
  readonly nextPlace: () => Buffer
  /** Told of bytes that came: in that place, or, through a tunnel, in one of node's own. @returns whether to read on */
  readonly receive: (bytes: Buffer) => boolean
  /** Told of the socket, which is about to connect. */
  readonly begin: (socket: Socket) => void
  /** Told why there is no socket. */
  readonly fail: (cause: unknown) => void
}

/** Opens a socket that reads where it is told to (net's `onread`). */
export function openRangeSocket (
  { host, port, tls, tunnel }: RangePlace, { secureContext, nextPlace, receive, begin, fail }: RangeSocketOptions
): void {
  // The types do not say that the buffer may be a function, which is asked for the place of the next bytes.
  const onread = {
    buffer: nextPlace,
    callback: (length: number, place: Uint8Array) => receive(Buffer.from(place.buffer, place.byteOffset, length))
  } as unknown as OnReadOpts
  const address = host.replace(/^\[(.*)\]$/, '$1')
  // Node's tls takes onread too; its types do not say so.
  const secure: ConnectionOptions & { onread: OnReadOpts } = {
    host: address,
    port,
    ...(isIP(address) === 0 && { servername: address }),
    ...(secureContext !== undefined && { secureContext }),
    ALPNProtocols: ['http/1.1'],
    onread
  }
  if (tunnel === undefined) return begin(tls ? connectTls(secure) : connect({ host: address, port, onread }))
  openTunnel(tunnel, { host: address, port, secureContext }).then((socket) => {
    // Over another socket node's tls knows no onread.
    const over = connectTls({ ...secure, socket })
    begin(over.on('data', (bytes: Buffer) => { if (!receive(bytes)) over.pause() }))
  }).catch(fail)
}
