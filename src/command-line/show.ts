import { Command } from 'commander'
import { binaryBytes, bytes, count, json } from './format.js'
import type { Surroundings } from './surroundings.js'
import { loadTorrent } from './torrent-input.js'
import type { TorrentFile } from '../torrent/torrent-file.js'
import { printable } from '../util/unprintable.js'

const EXAMPLES = `
Examples:
  object-torrent show film.mkv.torrent
  object-torrent show film.mkv.torrent --json | jq -r .magnet
  curl -s 'http://127.0.0.1:8080/media/film.mkv?torrent' | object-torrent show -`
const MAX_FILES = 20
const COLUMN = 14

/** `object-torrent show`: what a metainfo file says. */
export function showCommand (io: Surroundings): Command {
  return new Command()
    .description('Says what is in a torrent: info hash, size, pieces, trackers, web seeds, magnet link.')
    .argument('<torrent>', 'a .torrent file; - is standard input')
    .option('--json', 'as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { json: asJson }: { json: boolean }) => {
      const torrent = await loadTorrent(path, io)
      io.stdout.write(asJson ? jsonOf(torrent) : textOf(torrent))
    })
}

function jsonOf ({ digests: _, creationDate, isPrivate, ...rest }: TorrentFile): string {
  return json({ ...rest, private: isPrivate, creationDate: creationDate?.toISOString() })
}

function textOf (torrent: TorrentFile): string {
  const { infoHash, infoHashV2, name, size, pieces, pieceLength, trackers, webSeeds, createdBy, creationDate, comment, isPrivate, magnet } = torrent
  const rows: Array<[label: string, ...lines: string[]]> = [
    ['name', printable(name)],
    ['size', size < 1000 ? bytes(size) : `${bytes(size)} (${count(size, 'byte')})`],
    ...infoHash === undefined ? [] : [['info hash', infoHash] satisfies [string, string]],
    ...infoHashV2 === undefined ? [] : [['info hash v2', infoHashV2] satisfies [string, string]],
    ['version', { 1: '1 (BEP 3)', 2: '2 (BEP 52)', hybrid: '1 and 2 (hybrid, BEP 52)' }[torrent.version]],
    ['pieces', `${pieces.toLocaleString('en')} of ${binaryBytes(pieceLength)}`],
    ...torrent.isSingleFile ? [] : [['files', ...filesOf(torrent)] satisfies [string, ...string[]]],
    ['trackers', ...trackers.length > 0 ? trackers.flatMap((tier, index) => tier.map((url) => `${printable(url)}${trackers.length > 1 ? `  (tier ${index + 1})` : ''}`)) : ['none']],
    ['web seeds', ...webSeeds.length > 0 ? webSeeds.map(printable) : ['none']],
    ['private', isPrivate ? 'yes: peers come from its trackers alone (BEP 27)' : 'no'],
    ...createdBy === undefined ? [] : [['created by', printable(createdBy)] satisfies [string, string]],
    ...creationDate === undefined ? [] : [['created', creationDate.toISOString().replace('.000Z', 'Z')] satisfies [string, string]],
    ...comment === undefined ? [] : [['comment', printable(comment)] satisfies [string, string]],
    ['magnet', magnet]
  ]
  return rows.map(([label, ...lines]) => lines.map((line, index) => `${(index === 0 ? label : '').padEnd(COLUMN)}${line}\n`).join('')).join('')
}

function filesOf ({ files }: TorrentFile): string[] {
  const shown = files.slice(0, MAX_FILES).map(({ path, length }) => `${printable(path)}  (${bytes(length)})`)
  return [count(files.length, 'file'), ...shown, ...files.length > MAX_FILES ? [`… and ${count(files.length - MAX_FILES, 'file')} more; --json names all`] : []]
}
