import { Command, Option } from 'commander'
import { OPTIONS } from '../../config/options.js'
import { FORMATS } from '../../torrent/meta-version.js'
import type { TorrentFormat } from '../../torrent/meta-version.js'
import type { CommandContext } from '../context.js'
import { withS3Flags } from '../s3-flags.js'
import { collected, ownOption } from '../server-options.js'
import type { CreateFlags } from './create.js'

const EXAMPLES = `
Examples:
  object-torrent create s3://media/film.mkv
      Writes film.mkv.torrent here; credentials, region and endpoint as aws-cli has them.
  object-torrent create s3://media/film.mkv --endpoint-url https://s3.example.net --profile alice -o /srv/film.torrent
  object-torrent create ./film.mkv --announce udp://tracker.example.net:6969 --web-seed https://cdn.example.net/film.mkv
  object-torrent create s3://media/films/ --recursive --web-seed https://cdn.example.net/{bucket}/{key}
      One torrent of all objects under films/: films.torrent, whose folder is films. Clients append films/ and a path
      to the web seed, which is https://cdn.example.net/media/ here.
  object-torrent create ./films --announce udp://tracker.example.net:6969 --web-seed https://cdn.example.net/
      The same of all files in a folder and below, hidden ones too, which clients find at
      https://cdn.example.net/films/.
  object-torrent create s3://media/film.mkv -o - | object-torrent show -`

/** `object-torrent create`: a torrent without a server. */
export function createCommand (context: CommandContext): Command {
  const command = new Command('create')
    .summary('the torrent of an object, a file, a prefix or a folder, without a server')
    .description(
      'Makes the torrent of one object or file, or one of all objects under a prefix or all files in a folder: the ' +
      'same bytes as a server with the same trackers and web seeds would answer.\nCtrl-C keeps what was ' +
      'hashed; the same command goes on from there.'
    )
    .argument('<source>', 's3://bucket/key, s3://bucket/prefix/ with --recursive, a file or a folder')
    .option('-o, --output <file>', 'File for the torrent; - is standard output; without it, <name>.torrent here')
    .option(
      '--recursive', 'One torrent of all objects under the prefix s3://bucket/prefix/; like every S3 prefix it is a ' +
      'string: end it in / to mean a folder', false
    )
    .addOption(ownOption('announce', 'Tracker URLs; each --announce is a tier, a comma separates the URLs of one tier'))
    .option(
      '--web-seed <url>',
      'URL from which clients download over HTTP; {bucket} and {key} are filled in, and the name behind a slash at ' +
      "the end; of several files it is the URL of the folder in which the torrent's folder is, and {key} what the " +
      'keys have in front of that; repeatable',
      collected,
      []
    )
    .addOption(ownOption('piece-length'))
    .addOption(new Option('--format <format>', 'Version of the torrent: 1 (BEP 3), 2 (BEP 52) or both')
      .choices(Object.keys(FORMATS)).default('v1' satisfies TorrentFormat))
    .option('--version-id <id>', 'Version of the object; without it, the current one')
    .addOption(ownOption(
      'max-prefix-objects', `Objects or files that one torrent may be of [${OPTIONS['max-prefix-objects'].default}]`
    ))
    .option('--x-amz-info', 'Write bucket and key into the torrent of an object, as S3 did', false)
    .addOption(ownOption(
      'data-dir', 'Directory in which hashes are kept; without it, object-torrent in $XDG_CACHE_HOME or ~/.cache'
    ).default(undefined))
    .option('-q, --quiet', 'Print errors alone', false)
    .option('--json', 'Print what was made as JSON', false)
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, flags: CreateFlags) => {
      const { create } = await import('./create.js')
      await create(source, flags, context)
    })
}
