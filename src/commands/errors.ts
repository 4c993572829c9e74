/** Why a command ends; documented in --help. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** What a command cannot do; `message` is one sentence for who ran it, which says what to do next. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number

  constructor (message: string, { exitCode = EXIT.failed, cause }: { exitCode?: number, cause?: unknown } = {}) {
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
