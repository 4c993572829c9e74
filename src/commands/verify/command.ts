import { Command } from 'commander'
import type { CommandContext } from '../context.js'
import { withS3Flags } from '../s3-flags.js'
import type { VerifyFlags } from './verify.js'

const EXAMPLES = `
Examples:
  object-torrent verify film.mkv.torrent ./film.mkv
  object-torrent verify show.torrent ./show
  object-torrent verify show.torrent s3://media/show/
  object-torrent verify film.mkv.torrent s3://media/film.mkv --endpoint-url https://s3.example.net
  object-torrent verify 'http://127.0.0.1:8080/media/film.mkv?torrent' ./film.mkv
  object-torrent verify film.mkv.torrent https://cdn.example.net/film.mkv && echo the CDN has the right bytes`

/** `object-torrent verify`: whether somewhere there are the very bytes that a torrent describes. */
export function verifyCommand (context: CommandContext): Command {
  const command = new Command('verify')
    .summary('whether these are the bytes of a torrent')
    .description(
      'Reads every file of a torrent of any version, and names the files and pieces that are not what it describes. ' +
      'Exit code 1 if any is not.\nFor a torrent of several files the source is their folder, the folder above it, ' +
      'or the prefix of their objects. Files that the torrent does not have are not looked at.'
    )
    .argument('<torrent>', 'a .torrent file, or an http(s) URL of one; - is standard input')
    .argument('<source>', 's3://bucket/key or s3://bucket/prefix/, a file or a folder, or an http(s) URL of one file')
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
