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

export interface AwsCredentialsOptions {
  readonly env: Environment
  /** Undefined: variables come first, as in aws-cli. */
  readonly profile: string | undefined
  /** The variables' pair, which does not change. */
  readonly variables: KeyPair | undefined
  /** That STS and single sign-on are asked in where a profile says no other. */
  readonly region: string
  /** That they are asked through. */
  readonly requestHandler: NodeHttpHandler
  /** Told why the pair could not be renewed, every time; and that it was, after that. */
  readonly onRenewal?: (failure: NoCredentials | undefined) => void
  /** How long one attempt may take, milliseconds [20 s]. The next one begins half as long after that. */
  readonly limitMs?: number
}

const LIMIT_MS = 20_000
/** Before their end, temporary credentials are asked for anew. */
const EARLY_MS = 5 * 60_000
/** After the beginning of an attempt that failed the next one begins. */
const AGAIN_LIMITS = 1.5
const LEAST_MS = 1_000
/** Limits after which an attempt is given up: a process hangs, or a server says nothing. */
const GIVEN_UP_LIMITS = 6
const MAX_REASON = 200
/**
 * Where a profile says whose pair it wants, and that fails, nobody else's is taken; the SDK would go on to the
 * instance's.
 */
const EXPLICIT = [
  'credential_process', 'role_arn', 'sso_session', 'sso_account_id', 'login_session', 'web_identity_token_file'
]
/** What every attempt says on its way: that nothing was configured there. */
const NOT_CONFIGURED =
  /^(Unable to find environment|Skipping SSO|AWS_PROFILE is set|Could not resolve credentials using profile|Web identity configuration not|Profile .* (did not contain|could not be found)|Could not load credentials)/

/**
 * The key pair that aws-cli would sign with: environment, files, single sign-on, process, assumed role, container,
 * instance. Temporary ones are renewed while they are in use, by one attempt at a time. Whoever gets one closes it.
 */
export class AwsCredentials {
  readonly #options: AwsCredentialsOptions
  #keyPair: KeyPair | undefined
  #end = Infinity
  #asking: Promise<void> | undefined
  #askedAt = -Infinity
  /** Counts attempts: of one that was given up nothing counts. */
  #turn = 0
  #failed = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor (options: AwsCredentialsOptions) {
    this.#options = options
    this.#keyPair = options.variables
  }

  /** @throws NoCredentials */
  static async find (options: AwsCredentialsOptions): Promise<AwsCredentials> {
    const credentials = new AwsCredentials(options)
    if (options.variables === undefined) await credentials.#ask()
    return credentials
  }

  /** The one that is good now, or was the last one: the same object until it is renewed. */
  get keyPair (): KeyPair | undefined {
    return this.#keyPair
  }

  /** It was temporary, and its time is over. */
  get hasEnded (): boolean {
    return Date.now() >= this.#end
  }

  /** Asks anew, because the pair was refused: whoever gave it may have another one by now. */
  renew (): void {
    if (this.#options.variables === undefined && this.#asking === undefined &&
      performance.now() - this.#askedAt > this.#againMs) {
      this.#again()
    }
  }

  close (): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  get #limitMs (): number {
    return this.#options.limitMs ?? LIMIT_MS
  }

  get #againMs (): number {
    return AGAIN_LIMITS * this.#limitMs
  }

  // An attempt that is late may still come to its end, and for a while no other one begins before.
  async #ask (): Promise<void> {
    const limitMs = this.#limitMs
    if (performance.now() - this.#askedAt > GIVEN_UP_LIMITS * limitMs) this.#asking = undefined
    if (this.#asking === undefined) {
      const asking = this.#provide().finally(() => { if (this.#asking === asking) this.#asking = undefined })
      this.#asking = asking
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new NoCredentials(`no answer within ${limitMs / 1000} s`)), limitMs)
    })
    await Promise.race([this.#asking, late]).finally(() => clearTimeout(timer))
  }

  async #provide (): Promise<void> {
    const { env, profile, region, requestHandler } = this.#options
    const turn = ++this.#turn
    this.#askedAt = performance.now()
    const reasons: string[] = []
    try {
      const files = await readAwsFiles(env)
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await defaultProvider({
        ...giveToSdk(files, profile, env), clientConfig: { region, requestHandler }, logger: listener(reasons)
      })()
      const section = files.profiles.get(profile ?? 'default')
      if (reasons[0] !== undefined && EXPLICIT.some((name) => section?.has(name))) throw new Error(reasons[0])
      if (turn !== this.#turn) return
      const known = this.#keyPair
      if (accessKeyId !== known?.accessKeyId || secretAccessKey !== known.secretAccessKey ||
        sessionToken !== known.sessionToken) {
        this.#keyPair = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
      }
      this.#end = expiration?.getTime() ?? Infinity
    } catch (cause) {
      throw new NoCredentials(reasonOf(cause, reasons), { cause })
    }
    if (this.#end < Infinity) this.#later(this.#end - Date.now())
  }

  // Well before the end: of a short time, at half of it.
  #later (left: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const wait = left > 2 * EARLY_MS ? left - EARLY_MS : left > 0 ? Math.max(LEAST_MS, left / 2) : this.#againMs
    this.#timer = setTimeout(() => this.#again(), Math.min(wait, 2 ** 31 - 1)).unref()
  }

  #again (): void {
    this.#ask().then(() => {
      if (this.#failed) this.#options.onRenewal?.(undefined)
      this.#failed = false
    }, (error: unknown) => {
      if (this.#closed) return
      this.#failed = true
      this.#options.onRenewal?.(error as NoCredentials)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#again(), this.#againMs).unref()
    })
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
