import { Command, Option } from 'commander'
import { variableOf } from '../../config/options.js'
import type { OptionName } from '../../config/options.js'
import { FORMATS } from '../../torrent/meta-version.js'
import type { CommandContext } from '../context.js'
import { withS3Flags } from '../s3-flags.js'
import { givenOptions, serverOption } from '../server-options.js'
import type { WarmFlags } from './warm.js'

/** The options of the server that decide under what hashes are kept, and where. */
const SERVER_OPTIONS = [
  'data-dir', 'piece-length', 'max-object-size', 'max-prefix-objects', 'max-prefix-size', 'store-size', 'x-amz-info'
] as const satisfies readonly OptionName[]
const EXAMPLES = `
Examples:
  object-torrent warm s3://media/films/ --origin https://s3.example.net --data-dir /var/lib/object-torrent
      Hashes into the data directory of a server with this --origin, which may be running.
  object-torrent warm s3://media --server https://torrent.example.net --endpoint-url https://s3.example.net
      Lists the store, and has a running server hash what is in it.
  object-torrent warm s3://media/films/ --prefix-torrent --format hybrid --origin https://s3.example.net
      Hashes what GET /media?torrent&prefix=films/&format=hybrid answers: one torrent of all objects under films/.
  object-torrent warm s3://sample --origin ./buckets
      A directory of buckets.`

/** `object-torrent warm`: hashes everything under a prefix before anybody asks for it. */
export function warmCommand (context: CommandContext): Command {
  const command = new Command('warm')
    .summary('hashes everything under a prefix ahead of time')
    .description(
      'Hashes every object under a prefix ahead of time, for the torrent of each or for the one torrent of all of ' +
      'them: alone, into the data directory of the server, or through a running server.\nWhat is kept already is not ' +
      'read again, so it may be interrupted and run again. Exit code 1 if any object failed.'
    )
    .argument(
      '<prefix>', 's3://bucket or s3://bucket/prefix; like every S3 prefix it is a string: end it in / to mean a folder'
    )
    .option('--server <url>', 'Running object-torrent that is to hash; it is asked with the same credentials')
    .option(
      '--prefix-torrent', 'Hash for the one torrent of all objects under the prefix (?torrent&prefix=), instead of ' +
      'one for each object', false
    )
    .addOption(new Option('--format <format>', 'Version of the torrents: 1 (BEP 3), 2 (BEP 52) or both; without it, ' +
      `the server's own (${variableOf('torrent-format')})`).choices(Object.keys(FORMATS)))
    .option('--concurrency <n>', 'Objects that are hashed at once [4]', '4')
    .option('-q, --quiet', 'Print errors alone', false)
    .option('--json', 'Print one JSON object a line for each object, and one for all of them', false)
    .optionsGroup(`Options that the server has, too, and their variables (${variableOf('data-dir')}, …):`)
    .addOption(serverOption(
      'origin', 'S3 endpoint, or directory of buckets; without it, the endpoint that aws-cli would ask'
    ))
  for (const name of SERVER_OPTIONS) command.addOption(serverOption(name))
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action(async (prefix: string, flags: WarmFlags) => {
      const { warm } = await import('./warm.js')
      await warm(prefix, flags, givenOptions(command, ['origin', ...SERVER_OPTIONS]), context)
    })
}
