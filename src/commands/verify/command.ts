import { Command } from 'commander'
import type { CommandContext } from '../context.js'
import { withS3Flags } from '../s3-flags.js'
import type { VerifyFlags } from './verify.js'

const EXAMPLES = `
Examples:
  object-torrent verify film.mkv.torrent ./film.mkv
  object-torrent verify film.mkv.torrent s3://media/film.mkv --endpoint-url https://s3.example.net
  object-torrent verify 'http://127.0.0.1:8080/media/film.mkv?torrent' ./film.mkv
  object-torrent verify film.mkv.torrent https://cdn.example.net/film.mkv && echo the CDN has the right bytes`

/** `object-torrent verify`: whether somewhere there are the very bytes that a torrent describes. */
export function verifyCommand (context: CommandContext): Command {
  const command = new Command('verify')
    .summary('whether these are the bytes of a torrent')
    .description(
      'Reads every piece, and names those that are not what the torrent describes. Exit code 1 if any is not.'
    )
    .argument('<torrent>', 'a .torrent file of one file, or an http(s) URL of one; - is standard input')
    .argument('<source>', 's3://bucket/key, a file, or an http(s) URL')
    .option('--version-id <id>', 'Version of the object; without it, the current one')
    .option('-q, --quiet', 'Print errors alone: the exit code is the answer', false)
    .option('--json', 'Print what was found as JSON', false)
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action(async (torrent: string, source: string, flags: VerifyFlags) => {
      const { verify } = await import('./verify.js')
      await verify(torrent, source, flags, context)
    })
}
