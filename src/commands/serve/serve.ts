import closeWithGrace from 'close-with-grace'
import { ConfigError } from '../../config/config-error.js'
import { loadConfig } from '../../config/load.js'
import type { OptionName } from '../../config/options.js'
import type { GivenOptions, Naming } from '../../config/settings.js'
import { ListenError } from '../../net/listen.js'
import { TlsFileError } from '../../net/tls-certificate.js'
import type { CommandContext } from '../context.js'
import { CommandError } from '../errors.js'
import { invitation } from './startup-hint.js'
import type { CreateServer } from './server.js'

const GRACE_MS = 10_000

/** Starts a server, and says so; it ends when the process is told to. @throws OperatorError */
export async function serve (
  given: GivenOptions, { env, stdout, stderr }: CommandContext, createServer: CreateServer
): Promise<void> {
  const { config, named } = loadConfig(given, env)
  const server = await createServer(config).catch((error: unknown) => { throw asGiven(error, named) })
  const url = await server.listen().catch((error: unknown) => { throw asGiven(error, named) })
  closeWithGrace({ delay: GRACE_MS + 5_000, logger: false }, async ({ err }) => {
    if (err) stderr.write(`object-torrent: stopping: ${err.stack ?? err.message}\n`)
    await server.close(GRACE_MS)
  })
  stdout.write(`object-torrent is ready: ${url}\n${await invitation(config, url)}`)
}

// What only shows when the server starts, by the name that its setting was given as.
function asGiven (error: unknown, named: Naming): unknown {
  if (error instanceof ListenError) return new CommandError(whyNotListening(error, named), { cause: error })
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
