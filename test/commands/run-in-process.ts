import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { commandOf } from '../../src/commands/commands.js'
import { runCommand } from '../../src/commands/run.js'

/**
 * Runs a command in this process, for what it says; a process each takes longer.
 */
export async function runInProcess (argv: string[], { env = {}, input = '', signal = new AbortController().signal }: {
  env?: NodeJS.ProcessEnv
  input?: string | Buffer
  signal?: AbortSignal
} = {}): Promise<{ code: number, stdout: string, stderr: string }> {
  const name = commandOf(argv)
  if (name === undefined) throw new Error(`${argv[0]} is no command`)
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.on('error', () => {}) // it may be closed before it is read to its end
  stdin.end(input)
  const said = Promise.all([text(stdout), text(stderr)])
  const code = await runCommand(name, argv, {
    env, stdin, stdout: stdout as unknown as NodeJS.WriteStream, stderr: stderr as unknown as NodeJS.WriteStream, signal
  })
  stdout.end()
  stderr.end()
  const [out, err] = await said
  return { code, stdout: out, stderr: err }
}
