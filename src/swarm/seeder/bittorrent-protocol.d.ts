declare module 'bittorrent-protocol' {
  import type { EventEmitter } from 'node:events'

  interface Extensions { readonly dht: boolean, readonly fast: boolean, readonly extended: boolean }
  interface Extension { readonly name: string, onMessage (bytes: Uint8Array): void }

  export default class Wire extends EventEmitter {
    readonly hasFast: boolean
    readonly amChoking: boolean
    readonly peerInterested: boolean
    /** The peer's numbers of extensions, by name. */
    readonly peerExtendedMapping: Record<string, number>
    extendedHandshake: Record<string, unknown>
    constructor (type: string)
    protected _write (bytes: Uint8Array, written: (error: null) => void): void
    protected _parse (size: number, parser: (bytes: Uint8Array) => void): void
    protected _onMessageLength (prefix: Uint8Array): void
    protected _onExtended (id: number, payload: Uint8Array): void
    protected _onRequest (index: number, offset: number, length: number): void
    protected _onReject (): void
    protected _onCancel (index: number, offset: number, length: number): void
    protected piece (index: number, offset: number, block: Uint8Array): void
    protected _message (id: number, numbers: readonly number[], data: Uint8Array | null): void
    use (extension: new (wire: this) => Extension): void
    setKeepAlive (enable: boolean): void
    handshake (infoHash: string, peerId: Uint8Array, extensions: Partial<Extensions>): void
    extended (name: string, payload: Uint8Array): void
    haveAll (): void
    bitfield (bytes: Uint8Array): void
    choke (): void
    unchoke (): void
    write (data: Uint8Array): boolean
    destroy (): void
  }
}
