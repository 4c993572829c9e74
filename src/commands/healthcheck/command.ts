import { Command } from 'commander'
import { LISTENER_OPTIONS, listenersOf } from '../../config/listeners.js'
import { OPTION_NAMES } from '../../config/options.js'
import type { OptionName } from '../../config/options.js'
import { readSettings } from '../../config/settings.js'
import { EXIT } from '../../util/operator-error.js'
import type { CommandContext } from '../context.js'
import { onTwoLines } from '../help-format.js'
import { givenOptions, serverOption } from '../server-options.js'

const LOOKED_AT: readonly OptionName[] = LISTENER_OPTIONS
const EXAMPLES = `
Examples:
  object-torrent healthcheck
  object-torrent healthcheck --admin-port 0 --host 192.0.2.7 --port 8443 --tls-cert cert.pem --tls-key key.pem
  OBJECT_TORRENT_ADMIN_HOST=192.0.2.7 object-torrent healthcheck || systemctl restart object-torrent
      What the server was given as an option its health check has to be given, too; a variable both can see.`

/** `object-torrent healthcheck`: whether a server answers. */
export function healthcheckCommand (context: CommandContext): Command {
  const command = new Command('healthcheck')
    .summary('whether the server with these options answers')
    .description(
      'Asks the server that has these options, and variables, whether it answers: its admin listener, or the one of ' +
      'S3 where there is none (--admin-port 0) or nobody listens there. It takes every option of serve, looks at ' +
      'these, and ends within three seconds.'
    )
    .usage('[options]')
    .configureHelp(onTwoLines(context))
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const listeners = listenersOf(readSettings(LISTENER_OPTIONS, givenOptions(command), context.env))
      const { healthcheck } = await import('./healthcheck.js')
      const { text, healthy } = await healthcheck(listeners)
      context.stdout.write(text)
      if (!healthy) context.exitWith(EXIT.failed)
    })
  for (const name of OPTION_NAMES) command.addOption(serverOption(name).hideHelp(!LOOKED_AT.includes(name)))
  return command
}
