import { Command } from 'commander'
import type { CommandContext } from '../context.js'
import type { ShowFlags } from './show.js'

const EXAMPLES = `
Examples:
  object-torrent show film.mkv.torrent
  object-torrent show film.mkv.torrent --json | jq -r .magnet
  object-torrent show 'http://127.0.0.1:8080/media/film.mkv?torrent'
  object-torrent show 'magnet:?xt=urn:btih:…'
  curl -s 'http://127.0.0.1:8080/media/film.mkv?torrent' | object-torrent show -`

/** `object-torrent show`: what a metainfo file, or a magnet link, says. */
export function showCommand (context: CommandContext): Command {
  return new Command('show')
    .summary('what is in a torrent, or in a magnet link')
    .description('Prints what is in a torrent: info hash, size, pieces, trackers, web seeds, magnet link.')
    .argument('<torrent>', 'a .torrent file, an http(s) URL of one, or a magnet link; - is standard input')
    .option('--json', 'Print it as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (place: string, flags: ShowFlags) => {
      const { show } = await import('./show.js')
      await show(place, flags, context)
    })
}
