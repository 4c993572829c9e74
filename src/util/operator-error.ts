/** Why the program ends; documented in --help. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error whose message is for the person who runs the program: whole sentences, shown without a stack. */
export class OperatorError extends Error {
  readonly exitCode: ExitCode = EXIT.failed
}

/** The same where the command line, a variable, or a file that one of them names is wrong. */
export class SettingError extends OperatorError {
  override readonly exitCode: ExitCode = EXIT.usage
}
