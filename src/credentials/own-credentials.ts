import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { AwsCredentials } from './aws-credentials.js'
import { NoCredentials } from './credential-chain.js'
import type { Environment } from './aws-files.js'
import { AwsSettingsError, awsSettings } from './aws-settings.js'
import type { KeyPair } from './key-pair.js'
import { OperatorError } from '../util/operator-error.js'

/** The server's own key pair, and whether it may still be used. */
export interface OwnCredentials {
  /** The one of now; undefined: there is none. */
  readonly keyPair: KeyPair | undefined
  /** It was temporary, its time is over, and no other one could be had yet. */
  readonly hasEnded: boolean
  /** Told that it was refused. Undefined: there is no other one to ask for. */
  readonly renew: (() => void) | undefined
  close (): void
}

export interface OwnCredentialsOptions {
  /** `env`: the two variables, or none; `default`: wherever AWS's tools find one. */
  readonly from: 'env' | 'default'
  readonly variables: KeyPair | undefined
  readonly env: Environment
  /** Of STS, where neither variables nor files say one. */
  readonly region: string
  readonly requestHandler: NodeHttpHandler
}

export interface OwnCredentialsLog {
  error (facts: object, message: string): void
  info (facts: object, message: string): void
}

/** `--own-credentials default` found none; `message` is one sentence. */
export class OwnCredentialsError extends OperatorError {
  override name = 'OwnCredentialsError'
}

const QUIET_MS = 60_000

/** @param log asked for when there is something to say @throws OwnCredentialsError, AwsSettingsError */
export async function findOwnCredentials (
  { from, variables, env, region: ownRegion, requestHandler }: OwnCredentialsOptions, log: () => OwnCredentialsLog
): Promise<OwnCredentials> {
  if (from === 'env' || variables !== undefined) {
    return { keyPair: variables, hasEnded: false, renew: undefined, close () {} }
  }
  let quietUntil = -Infinity
  const onRenewal = (failure: NoCredentials | undefined): void => {
    if (failure === undefined) log().info({}, 'the own key pair was renewed')
    else if (performance.now() >= quietUntil) {
      log().error(
        { reason: failure.message },
        'the own key pair could not be renewed, and is asked for again; what --public publishes is not served once ' +
        'it has ended'
      )
    }
    quietUntil = failure === undefined ? -Infinity : Math.max(quietUntil, performance.now() + QUIET_MS)
  }
  try {
    const { profile, region } = await awsSettings({}, env, ownRegion)
    const found = await AwsCredentials.find({ env, profile, variables: undefined, region, requestHandler, onRenewal })
    return {
      get keyPair () { return found.keyPair },
      get hasEnded () { return found.hasEnded },
      renew: () => found.renew(),
      close: () => found.close()
    }
  } catch (cause) {
    if (cause instanceof AwsSettingsError) {
      throw new AwsSettingsError(`--own-credentials default: ${cause.message}`, { cause })
    }
    if (!(cause instanceof NoCredentials)) throw cause
    throw new OwnCredentialsError(
      `--own-credentials default finds no key pair (${cause.message}): give the instance, container or service ` +
      'account a role, name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      { cause }
    )
  }
}
