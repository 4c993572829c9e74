import type { Environment } from '../config/config.js'

/** What a command is run in; handed in by main.ts. */
export interface Surroundings {
  readonly env: Environment
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadableStream
  /** Fires when the command is to end: Ctrl-C, SIGTERM. */
  readonly signal: AbortSignal
  /** It ends with exit code 1, and has said why. */
  readonly fail: () => void
}
