declare module 'parse-torrent' {
  /** What parse-torrent 11 makes of a .torrent file with v1 hashes. */
  export interface ParsedTorrent {
    /** Decoded, byte strings as Uint8Array. */
    info: Record<string, unknown>
    /** Encoded again: not verbatim. */
    infoBuffer: Uint8Array
    infoHash: string
    name: string
    announce: string[]
    urlList: string[]
    private?: boolean
    created?: Date
    createdBy?: string
    comment?: string
    files: Array<{ path: string, name: string, length: number, offset: number }>
    length: number
    pieceLength: number
    lastPieceLength: number
    /** Hexadecimal. */
    pieces: string[]
  }

  export default function parseTorrent (torrent: Uint8Array | string): Promise<ParsedTorrent>
}
