#!/usr/bin/env node
import { setMaxListeners } from 'node:events'
import type { CommandContext } from './commands/context.js'
import { runProgram } from './commands/run-program.js'

// The SDK's releases are pinned and tested on every Node that package.json names; its advice for later ones is not the
// operator's.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

// The reader of a pipe may have read enough: `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { process.exit(error.code === 'EPIPE' ? 141 : 1) })

// The server is most of the start-up time, which --help and a wrong value need not wait for.
await runProgram(process.argv.slice(2), context(), async (config) => (await import('./app.js')).createApp(config))

function context (): CommandContext {
  let signal: AbortSignal | undefined
  const { env, stdout, stderr, stdin } = process
  return {
    env,
    stdout,
    stderr,
    stdin,
    get signal () { return (signal ??= untilInterrupted()) },
    exitWith (code) { process.exitCode = code }
  }
}

// The first signal ends a command in order, the second one at once.
function untilInterrupted (): AbortSignal {
  const stop = new AbortController()
  setMaxListeners(0, stop.signal) // each object that is read or hashed at once has several
  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCode)
      stop.abort(new Error(`ended by ${signal}`))
    })
  }
  return stop.signal
}
