import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runProgram } from '../../src/commands/run-program.js'

/**
 * Runs the program in this process, for what it says; a process each takes longer. No server is started.
 */
export async function runInProcess (argv: string[], { env = {}, input = '', signal = new AbortController().signal }: {
  env?: NodeJS.ProcessEnv
  input?: string | Buffer
  signal?: AbortSignal
} = {}): Promise<{ code: number, stdout: string, stderr: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.on('error', () => {}) // it may be closed before it is read to its end
  stdin.end(input)
  const said = Promise.all([text(stdout), text(stderr)])
  let code = 0
  await runProgram(argv, {
    env,
    stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    signal,
    exitWith: (exitCode) => { code = exitCode }
  }, () => Promise.reject(new Error('a server would be started')))
  stdout.end()
  stderr.end()
  const [out, err] = await said
  return { code, stdout: out, stderr: err }
}
