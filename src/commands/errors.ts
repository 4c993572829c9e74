import { EXIT, OperatorError } from '../util/operator-error.js'
import type { ExitCode } from '../util/operator-error.js'

/** What a command cannot do; `message` is one sentence, which says what to do next. */
export class CommandError extends OperatorError {
  override name = 'CommandError'
  override readonly exitCode: ExitCode

  constructor (
    message: string, { exitCode = EXIT.failed, cause }: { exitCode?: ExitCode, cause?: unknown } = {}
  ) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** A command line that cannot be. */
export class UsageError extends CommandError {
  override name = 'UsageError'

  constructor (message: string, cause?: unknown) {
    super(message, { exitCode: EXIT.usage, cause })
  }
}
