import { Command } from 'commander'
import { OPTION_NAMES } from '../../config/options.js'
import type { CommandContext } from '../context.js'
import { UsageError } from '../errors.js'
import { onTwoLines } from '../help-format.js'
import { givenOptions, serverOption } from '../server-options.js'
import type { CreateServer } from './server.js'

export const SERVE_HELP = `
Each option of the server is a variable, too, whose name stands behind it in brackets; an option wins over its variable.
A variable of an option that may be repeated holds several values with spaces between them. AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) are the server's own key pair; clients may sign with it, too.

Examples:
  object-torrent
      Serves ./buckets: every subdirectory is a bucket, every file in it an object.
  object-torrent --origin https://s3.example.net --credentials-file ./clients --public-url https://torrent.example.net
      Serves a store; each client signs with its own key pair, and the store decides what it may read.
  object-torrent --origin https://s3.example.net --anonymous deny --public media/released/
      Publishes the keys under media/released/, and nothing else, to everybody.
  aws s3api get-object-torrent --endpoint-url http://127.0.0.1:8080 --bucket media --key film.mkv film.torrent
      Asks for a torrent.
  object-torrent store stats --data-dir /var/lib/object-torrent
      Says how many hashes are kept there; verify checks them, clear forgets them. A server may be running.`

/** `object-torrent serve`, which is also what a command line without a command means. */
export function serveCommand (context: CommandContext, createServer: CreateServer): Command {
  const command = new Command('serve')
    .summary('the server')
    .description('Answers the torrents of objects: GET /bucket/key?torrent.')
    .usage('[options]')
    .argument('[words...]')
    .configureHelp({ ...onTwoLines(context), visibleArguments: () => [] })
    .addHelpText('after', SERVE_HELP)
    .action(async ([word]: string[]) => {
      if (word !== undefined) throw new UsageError(`There is no command "${word}"; see object-torrent --help.`)
      const { serve } = await import('./serve.js')
      await serve(givenOptions(command), context, createServer)
    })
  for (const name of OPTION_NAMES) command.addOption(serverOption(name))
  return command
}
