import type { Environment } from '../config/settings.js'
import type { ExitCode } from '../util/operator-error.js'

/** What a command is run in; made by main.ts. */
export interface CommandContext {
  readonly env: Environment
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadableStream
  /** Fires when the command is to end: Ctrl-C, SIGTERM. A command that never looks at it is ended by them at once. */
  readonly signal: AbortSignal
  /** Sets the exit code of a command that has said why. */
  readonly exitWith: (code: ExitCode) => void
}
