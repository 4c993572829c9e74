import type { CommandContext } from '../context.js'
import { binaryBytes, bytes, count, json } from '../format.js'
import { loadTorrentOrMagnet } from '../torrent-input.js'
import { fileTreeLines } from './file-tree.js'
import type { MagnetLink } from '../../torrent/magnet-link.js'
import type { TorrentFile } from '../../torrent/torrent-file.js'
import { printable } from '../../util/unprintable.js'

const MAX_FILES = 20
const COLUMN = 14

export interface ShowFlags {
  readonly json: boolean
}

/** @param place of the torrent, or a magnet link @throws CommandError */
export async function show (place: string, { json: asJson }: ShowFlags, context: CommandContext): Promise<void> {
  const found = await loadTorrentOrMagnet(place, context)
  if ('pieceLength' in found) context.stdout.write(asJson ? jsonOf(found) : textOf(found))
  else context.stdout.write(asJson ? json(found) : magnetText(found))
}

function jsonOf (torrent: TorrentFile): string {
  const { digests: _, paddedSize: __, pieceLayers: ___, files, creationDate, isPrivate, ...rest } = torrent
  return json({
    ...rest,
    files: files.map(({ path, length }) => ({ path, length })),
    private: isPrivate,
    creationDate: creationDate?.toISOString()
  })
}

type Row = [label: string, ...lines: string[]]

function magnetText ({
  infoHash, infoHashV2, name, size, trackers, webSeeds, torrentUrls, peers, selectedFiles, magnet
}: MagnetLink): string {
  const some = (label: string, lines: readonly string[]): Row[] => lines.length === 0
    ? []
    : [[label, ...lines.map(printable)]]
  return table([
    ['magnet link', 'the rest comes from peers, and is not asked for here'],
    ...some('name', name === undefined ? [] : [name]),
    ...some('size', size === undefined ? [] : [sizeText(size)]),
    ...some('info hash', infoHash === undefined ? [] : [infoHash]),
    ...some('info hash v2', infoHashV2 === undefined ? [] : [infoHashV2]),
    ['trackers', ...trackers.length > 0 ? trackers.map(printable) : ['none']],
    ['web seeds', ...webSeeds.length > 0 ? webSeeds.map(printable) : ['none']],
    ...some('torrent at', torrentUrls),
    ...some('peers', peers),
    ...some('only files', selectedFiles === undefined ? [] : [selectedFiles]),
    ['magnet', magnet]
  ])
}

const sizeText = (size: number): string => size < 1000 ? bytes(size) : `${bytes(size)} (${count(size, 'byte')})`

function table (rows: readonly Row[]): string {
  return rows.map(
    ([label, ...lines]) => lines.map((line, index) => `${(index === 0 ? label : '').padEnd(COLUMN)}${line}\n`).join('')
  ).join('')
}

function textOf (torrent: TorrentFile): string {
  const {
    infoHash, infoHashV2, name, size, pieces, pieceLength, trackers, webSeeds, httpSeeds, nodes, createdBy,
    creationDate, comment, source, isPrivate, magnet
  } = torrent
  return table([
    ['name', printable(name)],
    ['size', sizeText(size)],
    ...infoHash === undefined ? [] : [['info hash', infoHash] satisfies Row],
    ...infoHashV2 === undefined ? [] : [['info hash v2', infoHashV2] satisfies Row],
    ['version', { 1: '1 (BEP 3)', 2: '2 (BEP 52)', hybrid: '1 and 2 (hybrid, BEP 52)' }[torrent.version]],
    ['pieces', `${pieces.toLocaleString('en')} of ${binaryBytes(pieceLength)}`],
    ...torrent.isSingleFile ? [] : [['files', ...filesOf(torrent)] satisfies Row],
    ['trackers', ...trackers.length > 0
      ? trackers.flatMap(
        (tier, index) => tier.map((url) => `${printable(url)}${trackers.length > 1 ? `  (tier ${index + 1})` : ''}`)
      )
      : ['none']],
    ['web seeds', ...webSeeds.length > 0 ? webSeeds.map(printable) : ['none']],
    ...httpSeeds.length > 0
      ? [['http seeds', ...httpSeeds.map((url) => `${printable(url)}  (BEP 17)`)] satisfies Row]
      : [],
    ...nodes.length > 0 ? [['dht nodes', ...nodes.map(printable)] satisfies Row] : [],
    ['private', isPrivate ? 'yes: peers come from its trackers alone (BEP 27)' : 'no'],
    ...createdBy === undefined ? [] : [['created by', printable(createdBy)] satisfies Row],
    ...creationDate === undefined ? [] : [['created', creationDate.toISOString().replace('.000Z', 'Z')] satisfies Row],
    ...comment === undefined ? [] : [['comment', printable(comment)] satisfies Row],
    ...source === undefined ? [] : [['source', printable(source)] satisfies Row],
    ['magnet', magnet]
  ])
}

function filesOf ({ files }: TorrentFile): string[] {
  return [count(files.length, 'file'), ...fileTreeLines(files, MAX_FILES)]
}
