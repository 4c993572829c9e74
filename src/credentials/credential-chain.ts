import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { readAwsFiles } from './aws-files.js'
import type { Environment } from './aws-files.js'
import type { KeyPair } from './key-pair.js'
import { giveToSdk } from './sdk-files.js'

/** No key pair could be had; `message` is the reason in one sentence without its end. */
export class NoCredentials extends Error {
  override name = 'NoCredentials'
}

export interface CredentialChainOptions {
  readonly env: Environment
  /** Undefined: variables come first, as in aws-cli. */
  readonly profile: string | undefined
  /** The region of STS and of single sign-on where a profile names none. */
  readonly region: string
  /** Sends the requests to them. */
  readonly requestHandler: NodeHttpHandler
}

/** A key pair, and when its time is over in milliseconds since 1970; Infinity: never. */
export interface ProvidedKeyPair {
  readonly keyPair: KeyPair
  readonly end: number
}

const MAX_REASON = 200
/**
 * Where a profile says whose pair it wants, and that fails, nobody else's is taken; the SDK would go on to the
 * instance's.
 */
const EXPLICIT = [
  'credential_process', 'role_arn', 'sso_session', 'sso_account_id', 'login_session', 'web_identity_token_file'
]
/** What every attempt says on its way: that nothing was configured there. */
const NOT_CONFIGURED = new RegExp(`^(${[
  'Unable to find environment', 'Skipping SSO', 'AWS_PROFILE is set', 'Could not resolve credentials using profile',
  'Web identity configuration not', 'Profile .* (did not contain|could not be found)', 'Could not load credentials'
].join('|')})`)

/**
 * Asks the SDK's chain once: environment, files, single sign-on, process, assumed role, container, instance.
 * @throws NoCredentials
 */
export async function provideKeyPair (
  { env, profile, region, requestHandler }: CredentialChainOptions
): Promise<ProvidedKeyPair> {
  const reasons: string[] = []
  try {
    const files = await readAwsFiles(env)
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await defaultProvider({
      ...giveToSdk(files, profile, env), clientConfig: { region, requestHandler }, logger: listener(reasons)
    })()
    const section = files.profiles.get(profile ?? 'default')
    if (reasons[0] !== undefined && EXPLICIT.some((name) => section?.has(name))) throw new Error(reasons[0])
    return {
      keyPair: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      end: expiration?.getTime() ?? Infinity
    }
  } catch (cause) {
    throw new NoCredentials(reasonOf(cause, reasons), { cause })
  }
}

// The chain goes on where a link fails, and its last one says why that had nothing; what others said goes to the logger
// alone.
function listener (reasons: string[]): { debug (text: unknown): void, info (): void, warn (): void, error (): void } {
  const nothing = (): void => {}
  return {
    debug (text) {
      const [, reason] = typeof text === 'string'
        ? /^@smithy\/property-provider (?:->|\(!\)) ([^]*)/.exec(text) ?? []
        : []
      if (reason !== undefined && !NOT_CONFIGURED.test(reason)) reasons.push(reason)
    },
    info: nothing,
    warn: nothing,
    error: nothing
  }
}

// Of a process that failed node names the command, which may hold a secret, and then what it has said itself.
function reasonOf (cause: unknown, others: readonly string[]): string {
  const last = cause instanceof Error ? cause.message : String(cause)
  const [first = '', second = ''] = (NOT_CONFIGURED.test(last) ? others[0] ?? last : last).split('\n')
  const text = first.startsWith('Command failed')
    ? `the credential_process failed${second.trim() === '' ? '' : `: ${second.trim()}`}`
    : first
  return text.slice(0, MAX_REASON).replace(/\.$/, '')
}
