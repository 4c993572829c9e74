import { CommanderError, Option } from 'commander'
import type { Command } from 'commander'
import { EXIT, OperatorError } from '../util/operator-error.js'
import { printableLines } from '../util/unprintable.js'
import { COMMANDS } from './commands.js'
import type { CommandName } from './commands.js'
import { CommandError, UsageError } from './errors.js'
import type { Surroundings } from './surroundings.js'

const ALIVE_MS = 60_000
const EXIT_CODES = `
Exit codes: 0 done, 1 failed or not right, 2 a wrong command line, 130 interrupted.`

/** Runs a command, and resolves with its exit code. What it cannot do it says in a sentence. */
export async function runCommand (
  name: CommandName, argv: readonly string[], io: Omit<Surroundings, 'fail'>
): Promise<number> {
  const args = argv[0] === 'help' ? ['--help'] : argv.slice(1)
  let exitCode: number = EXIT.ok
  const alive = setInterval(() => {}, ALIVE_MS) // hashing threads alone do not keep a process from its end
  try {
    const command = await COMMANDS[name]({ ...io, fail: () => { exitCode = EXIT.failed } })
    command.name(`object-torrent ${name}`).addHelpOption(
      new Option('-h, --help', 'this text').helpGroup('Options:')
    ).showSuggestionAfterError().addHelpText(
      'after', EXIT_CODES
    ).exitOverride()
    command.configureHelp({ optionDescription: ({ description }) => description })
    command.configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(100, io.stdout.columns || 100)
    })
    onceEach(command)
    await command.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const { text, exitCode } = sentenceOf(error, name, io.signal)
    io.stderr.write(`object-torrent: ${printableLines(text)}\n`) // a stack has lines
    return exitCode
  } finally {
    clearInterval(alive)
  }
}

// Of two values the last one would win without a word. What may be repeated has a parser that collects.
function onceEach (command: Command): void {
  for (const option of command.options.filter(({ required, parseArg }) => required && parseArg === undefined)) {
    let given = 0
    command.on(`option:${option.name()}`, () => {
      if (++given > 1) {
        throw new UsageError(`${option.long ?? option.flags} is given twice, and has one value; leave one of them.`)
      }
    })
  }
}

function sentenceOf (error: unknown, name: string, signal: AbortSignal): { text: string, exitCode: number } {
  if (error instanceof CommanderError) {
    const [sentence = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n')
    const text =
      `${sentence.replace(/\.$/, '')}${suggestion === '' ? '' : ` ${suggestion}`}; see object-torrent ${name} --help.`
    return { text: text[0]?.toUpperCase() + text.slice(1), exitCode: EXIT.usage }
  }
  if (error instanceof CommandError) {
    return { text: error.message.replace(/^the(re)? /, (word) => `T${word.slice(1)}`), exitCode: error.exitCode }
  }
  if (error instanceof OperatorError) return { text: error.message, exitCode: error.exitCode }
  if (signal.aborted) return { text: 'Interrupted.', exitCode: EXIT.interrupted }
  return { text: error instanceof Error ? error.stack ?? error.message : String(error), exitCode: EXIT.failed }
}
