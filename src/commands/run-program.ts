import { CommanderError } from 'commander'
import { EXIT, OperatorError } from '../util/operator-error.js'
import type { ExitCode } from '../util/operator-error.js'
import { printableLines } from '../util/unprintable.js'
import { commandFirst } from './command-first.js'
import type { CommandContext } from './context.js'
import { CommandError } from './errors.js'
import { program } from './program.js'
import type { CreateServer } from './serve/server.js'

const ALIVE_MS = 60_000

/** Runs what a command line asks for. What cannot be done is said in a sentence, and with an exit code. */
export async function runProgram (
  argv: readonly string[], context: CommandContext, createServer: CreateServer
): Promise<void> {
  const alive = setInterval(() => {}, ALIVE_MS) // hashing threads alone do not keep a process from its end
  try {
    await program(context, createServer).parseAsync([...commandFirst(argv)], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return // --help, --version
    const { text, exitCode } = sentenceOf(error, context)
    context.stderr.write(`object-torrent: ${printableLines(text)}\n`) // a stack has lines
    context.exitWith(exitCode)
  } finally {
    clearInterval(alive)
  }
}

function sentenceOf (error: unknown, context: CommandContext): { text: string, exitCode: ExitCode } {
  if (error instanceof CommandError) {
    return { text: error.message.replace(/^the(re)? /, (word) => `T${word.slice(1)}`), exitCode: error.exitCode }
  }
  if (error instanceof OperatorError) return { text: error.message, exitCode: error.exitCode }
  if (context.signal.aborted) return { text: 'Interrupted.', exitCode: EXIT.interrupted }
  return { text: error instanceof Error ? error.stack ?? error.message : String(error), exitCode: EXIT.failed }
}
