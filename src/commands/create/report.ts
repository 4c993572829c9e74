import { printable } from '../../util/unprintable.js'
import { binaryBytes, bytes, count, duration, json } from '../format.js'
import type { OutputFile } from '../output-file.js'
import type { MadeTorrent } from './make-torrent.js'

/** What was made, as JSON on one line. @param file undefined: it went to standard output */
export function jsonOf ({ torrent, infoHashes, magnet }: MadeTorrent, file: OutputFile | undefined): string {
  const { identity, layout, length: size, name, trackers, webSeeds } = torrent
  const { pieceLength } = identity
  const pieces = Math.ceil(identity.size / pieceLength)
  const { length: files } = layout.files
  const { v1, v2 } = infoHashes
  return json({
    file: file?.path,
    infoHash: v1?.hex,
    infoHashV2: v2,
    name,
    files,
    size,
    pieceLength,
    pieces,
    trackers,
    webSeeds,
    magnet
  })
}

/** The same for people, on two lines. */
export function textOf (made: MadeTorrent, file: OutputFile | undefined): string {
  const { torrent: { identity: { size, pieceLength }, isSingleFile, layout, length, name }, infoHashes } = made
  const { v1, v2 } = infoHashes
  const pieces = count(Math.ceil(size / pieceLength), 'piece')
  const files = isSingleFile ? '' : `${count(layout.files.length, 'file')}, `
  return `${printable(file?.path ?? name)}: ${files}${bytes(length)}, ${pieces} of ${binaryBytes(pieceLength)}, ` +
    `${workOf(made)}\n` + (v1 === undefined ? '' : `info hash ${v1.hex}\n`) +
    (v2 === undefined ? '' : `info hash v2 ${v2}\n`)
}

function workOf ({ torrent: { length: size }, bytesRead, seconds }: MadeTorrent): string {
  if (bytesRead === 0) return 'hashed before'
  const work = seconds < 1 ? 'hashed' : `hashed in ${duration(seconds)} (${bytes(bytesRead / seconds)}/s)`
  return bytesRead < size ? `${work}, ${bytes(size - bytesRead)} of it before` : work
}
