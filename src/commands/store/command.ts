import { resolve } from 'node:path'
import { Argument, Command } from 'commander'
import { OPTIONS, OPTION_NAMES, variableOf } from '../../config/options.js'
import { readSettings } from '../../config/settings.js'
import { printableLines } from '../../util/unprintable.js'
import type { CommandContext } from '../context.js'
import { givenOptions, serverOption } from '../server-options.js'
import type { StoreAction } from './store.js'

const ACTIONS = ['stats', 'verify', 'clear'] as const satisfies readonly StoreAction[]
const ACTION_HELP = `one of
stats    says how many hashes there are, of how much, and what they take
verify   reads every record, and names the damaged ones; the exit code is then 1, and the server hashes them again
clear    forgets all hashes`
const EXAMPLES = `
Examples:
  object-torrent store stats --data-dir /var/lib/object-torrent
  object-torrent store verify --data-dir /var/lib/object-torrent || echo 'some objects will be hashed again'
  ${variableOf('data-dir')}=/var/lib/object-torrent object-torrent store clear`

/** `object-torrent store`: looks after the hashes that a server keeps. */
export function storeCommand ({ env, stdout, exitWith }: CommandContext): Command {
  const command = new Command('store')
    .summary('the hashes that a server keeps')
    .description('Counts, checks or forgets the hashes that a server keeps; it may be running.')
    .usage(`${ACTIONS.join('|')} [--data-dir ${OPTIONS['data-dir'].title}]`)
    .addArgument(new Argument('<action>', ACTION_HELP).choices(ACTIONS))
    .configureHelp({ argumentDescription: ({ description }) => description })
    .addHelpText('after', EXAMPLES)
    .action(async (action: StoreAction) => {
      const { values, named } = readSettings(['data-dir'], givenOptions(command), env)
      const { runStoreAction } = await import('./store.js')
      const { text, exitCode } = await runStoreAction(action, resolve(values['data-dir']), named('data-dir'))
      stdout.write(printableLines(text))
      exitWith(exitCode)
    })
  // A server's own command line may be handed on: it looks at one option of it.
  for (const name of OPTION_NAMES) command.addOption(serverOption(name).hideHelp(name !== 'data-dir'))
  return command
}
