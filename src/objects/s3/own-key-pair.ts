import type { OwnKeyPairStatus } from '../origin-status.js'
import { OriginRedirect, OriginUnavailable } from '../origin-errors.js'

/**
 * The origin refused the server's own key pair, with which it asks on behalf of everybody: no verdict on what was asked
 * for.
 */
export class OwnKeyPairRefused extends OriginUnavailable {
  override name = 'OwnKeyPairRefused'
  /** The origin's own word for it; `status 400` of an answer that has none. */
  readonly code: string
  /** Where the bucket is, if that is why, and was said. */
  readonly region: string | undefined

  constructor (code: string, cause: unknown) {
    super(`the origin refused the server's own key pair: ${code}`, { cause })
    this.code = code
    this.region = cause instanceof OriginRedirect ? cause.region : undefined
  }

  get isNamed (): boolean {
    return !this.code.startsWith('status')
  }
}

export interface OwnKeyPairLog {
  error (facts: object, message: string): void
  info (facts: object, message: string): void
}

const QUIET_MS = 60_000
const OF_PAIR = /Expired|Token|^InvalidAccessKeyId$|^SignatureDoesNotMatch$/

/**
 * The own key pair has ended and there is no other one yet: the origin is not asked, for some take it for a stranger's.
 */
export class OwnKeyPairEnded extends OwnKeyPairRefused {
  override name = 'OwnKeyPairEnded'

  constructor () {
    super('ExpiredToken', undefined)
    this.message = "the server's own key pair has ended, and there is no other one yet"
  }
}

/** Whether the origin takes the server's own key pair, as its last answer said. */
export class OwnKeyPairState implements OwnKeyPairStatus {
  readonly #log: () => OwnKeyPairLog
  readonly #renew: (() => void) | undefined
  #refused: string | undefined
  #logged = ''
  #quietUntil = -Infinity

  /**
   * @param log asked for when there is something to say
   * @param renew where another pair may be had; told every time that it was refused
   */
  constructor (log: () => OwnKeyPairLog, renew?: () => void) {
    this.#log = log
    this.#renew = renew
  }

  get refused (): string | undefined {
    return this.#refused
  }

  accept (): void {
    if (this.#refused === undefined) return
    this.#refused = undefined
    this.#log().info({}, 'the origin takes the own key pair again')
  }

  refuse ({ code, isNamed, region }: OwnKeyPairRefused): void {
    this.#renew?.()
    if (isNamed || this.#refused === undefined) this.#refused = code
    const now = performance.now()
    if (now < this.#quietUntil && !(isNamed && this.#logged.startsWith('status'))) return
    this.#quietUntil = now + QUIET_MS
    this.#logged = code
    this.#log().error(
      { code },
      'the origin refuses the own key pair, with which the server reads what --public publishes: ' +
      `${adviceFor(code, region, this.#renew !== undefined)}`
    )
  }
}

function adviceFor (code: string, region: string | undefined, isRenewed: boolean): string {
  if (region !== undefined) return `check --region ${region}`
  if (code === 'RequestTimeTooSkewed') return 'set the clock of this machine'
  if (isRenewed && OF_PAIR.test(code)) {
    return 'it has ended or was taken away; another one is asked for where it came from'
  }
  if (/Expired|Token/.test(code)) {
    return 'its session has ended, or its token is not right: start the server with a new AWS_SESSION_TOKEN, or ' +
      'with a pair that does not expire'
  }
  if (code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch') {
    return 'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; was the pair rotated?'
  }
  return 'check --region, --origin, --origin-addressing and the key pair'
}
