import { Command, Help, Option } from 'commander'
import type { CommanderError } from 'commander'
import { version } from '../util/version.js'
import type { CommandContext } from './context.js'
import { createCommand } from './create/command.js'
import { UsageError } from './errors.js'
import { healthcheckCommand } from './healthcheck/command.js'
import { helpWidth, onTwoLines } from './help-format.js'
import { refuseSlips } from './refuse-slips.js'
import { SERVE_HELP, serveCommand } from './serve/command.js'
import type { CreateServer } from './serve/server.js'
import { showCommand } from './show/command.js'
import { storeCommand } from './store/command.js'
import { verifyCommand } from './verify/command.js'
import { warmCommand } from './warm/command.js'

const TITLE = 'object-torrent: the .torrent of any object in any S3-compatible store, GET /bucket/key?torrent\n'
const EXIT_CODES = `
Exit codes: 0 done, 1 failed or not right, 2 a wrong command line or setting, 130 interrupted.`

/** Every command that there is; the work of each is loaded when it is run. */
export function program (context: CommandContext, createServer: CreateServer): Command {
  const serve = serveCommand(context, createServer)
  const commands = [
    storeCommand(context), healthcheckCommand(context), createCommand(context), showCommand(context),
    verifyCommand(context), warmCommand(context)
  ]
  const root = new Command('object-torrent')
    .version(version(), '--version', 'The version')
    .helpCommand('help [command]', 'more about a command')
    .usage(usageOf(commands))
    .addHelpText('before', TITLE)
    .addHelpText('after', SERVE_HELP)
  root.addCommand(serve, { isDefault: true })
  for (const command of commands) root.addCommand(command)
  for (const command of [root, serve, ...commands]) settle(command, context)
  // The server needs no command: what is said of it is said here.
  root.configureHelp({
    ...root.configureHelp(),
    ...onTwoLines(context),
    visibleCommands: () => [],
    visibleOptions: (command) => [...serve.options, ...new Help().visibleOptions(command)]
  })
  return root
}

function usageOf (commands: readonly Command[]): string {
  const lines = commands.map((command) => [`${command.name()} ${command.usage()}`, command.summary()] as const)
  const width = Math.max(...lines.map(([line]) => line.length))
  const more = ['<command> --help', 'more about a command'] as const
  return ['[serve] [options]', ...[...lines, more].map(
    ([line, summary]) => `       object-torrent ${line.padEnd(width)}  ${summary}`
  )].join('\n')
}

/** What all commands have in common. */
function settle (command: Command, context: CommandContext): void {
  const { stdout } = context
  const isRoot = command.parent === null
  const path = isRoot ? command.name() : `object-torrent ${command.name()}`
  command
    .addHelpOption(new Option('-h, --help', 'This text').helpGroup('Options:'))
    .addHelpText('after', EXIT_CODES)
    .exitOverride((error) => { throw asUsageError(error, path) })
    .configureHelp({ ...command.configureHelp(), optionDescription: ({ description }) => description })
    .configureOutput({
      writeOut: (text) => stdout.write(text), writeErr: () => {}, getOutHelpWidth: () => helpWidth(context)
    })
  refuseSlips(command)
}

function asUsageError (error: CommanderError, path: string): Error {
  if (error.exitCode === 0) return error
  if (error.code === 'commander.help') return new UsageError('There is no such command; see object-torrent --help.')
  const [sentence = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n')
  const text = `${sentence.replace(/\.$/, '')}${suggestion === '' ? '' : ` ${suggestion}`}; see ${path} --help.`
  return new UsageError(text[0]?.toUpperCase() + text.slice(1), error)
}
