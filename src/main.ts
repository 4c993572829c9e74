#!/usr/bin/env node
import { setMaxListeners } from 'node:events'
import closeWithGrace from 'close-with-grace'
import { commandOf } from './commands/commands.js'
import type { Surroundings } from './commands/surroundings.js'
import { ConfigError, readCommand, version } from './config/config.js'
import type { Config, Command as ServerCommand } from './config/config.js'
import { healthcheckHelp, help, storeHelp } from './commands/help.js'
import { invitation } from './commands/serve/startup-hint.js'
import { ListenError } from './net/listen.js'
import { TlsFileError } from './net/tls-certificate.js'
import type { OptionName } from './config/options.js'
import type { Naming } from './config/settings.js'
import { EXIT, OperatorError } from './util/operator-error.js'
import { printableLines } from './util/unprintable.js'

const GRACE_MS = 10_000

// The SDK's releases are pinned and tested on every Node that package.json names; its advice for later ones is not the
// operator's.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

try {
  const argv = process.argv.slice(2)
  const name = commandOf(argv)
  if (name !== undefined) {
    const { runCommand } = await import('./commands/run.js')
    process.exitCode = await runCommand(name, argv, surroundings())
  } else await runServerCommand(readCommand(argv, process.env))
} catch (error) {
  process.stderr.write(`object-torrent: ${printableLines(sentenceOf(error))}\n`)
  process.exitCode = error instanceof OperatorError ? error.exitCode : EXIT.failed
}

async function runServerCommand (command: ServerCommand): Promise<void> {
  if (command.name === 'help') {
    process.stdout.write(
      { serve: help, store: storeHelp, healthcheck: healthcheckHelp }[command.of]()
    )
  } else if (command.name === 'version') process.stdout.write(`${version()}\n`)
  else if (command.name === 'store') {
    const { runStoreCommand } = await import('./commands/store/store.js')
    const { text, exitCode } = await runStoreCommand(command.store)
    process.stdout.write(printableLines(text))
    process.exitCode = exitCode
  } else if (command.name === 'healthcheck') {
    const { healthcheck } = await import('./commands/healthcheck.js')
    const { text, healthy } = await healthcheck(command.listeners)
    process.stdout.write(text)
    process.exitCode = healthy ? 0 : 1
  } else await serve(command.config, command.named)
}

async function serve (config: Config, named: Naming): Promise<void> {
  // Most of the start-up time, which --help and a wrong value need not wait for.
  const { createApp } = await import('./app.js')
  const app = await createApp(config).catch((error: unknown) => { throw settingOf(error, named) })
  const url = await app.listen().catch((error: unknown) => { throw settingOf(error, named) })
  closeWithGrace({ delay: GRACE_MS + 5_000, logger: false }, async ({ err }) => {
    if (err) process.stderr.write(`object-torrent: stopping: ${err.stack ?? err.message}\n`)
    await app.close(GRACE_MS)
  })
  process.stdout.write(`object-torrent is ready: ${url}\n${await invitation(config, url)}`)
}

// The first signal ends a command in order, the second one at once.
function surroundings (): Omit<Surroundings, 'fail'> {
  const stop = new AbortController()
  setMaxListeners(0, stop.signal) // each object that is read or hashed at once has several
  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCode)
      stop.abort(new Error(`ended by ${signal}`))
    })
  }
  // `| head` has read enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => { process.exit(error.code === 'EPIPE' ? 141 : 1) })
  return { env: process.env, stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, signal: stop.signal }
}

// What only shows when the server starts, by the name that its setting was given as.
function settingOf (error: unknown, named: Naming): unknown {
  if (error instanceof ListenError) return new OperatorError(whyNotListening(error, named), { cause: error })
  if (error instanceof TlsFileError) {
    return new ConfigError(error.message.replace(/^--(tls-cert|tls-key)/, (_, name: OptionName) => named(name)), {
      cause: error
    })
  }
  return error
}

function whyNotListening ({ code, address: { flag: portFlag, host, port } }: ListenError, named: Naming): string {
  const flag = named(portFlag.slice(2) as OptionName)
  const without = portFlag === '--port' ? '' : `, or ${flag} 0 to do without`
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken; choose another one with ${flag}${without}.`
  if (code === 'EACCES') {
    return `Port ${port} on ${host} needs privileges that this process lacks; choose one over 1023 with ${flag}.`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine; choose another one with ` +
      `${named(portFlag === '--admin-port' ? 'admin-host' : 'host')}.`
  }
  return `Cannot listen on ${host} port ${port} (${code}).`
}

function sentenceOf (error: unknown): string {
  if (error instanceof OperatorError) return error.message
  return error instanceof Error ? error.stack ?? error.message : String(error)
}
