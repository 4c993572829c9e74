import { assertBucketName } from '../s3/address.js'
import { ConfigError } from './config-error.js'

/** @param named what the option was given as @throws ConfigError where the text is no bucket name */
export function assertBucket (named: string, bucket: string): void {
  try {
    assertBucketName(bucket)
  } catch (cause) {
    throw new ConfigError(`${named}: "${bucket}" is no bucket name.`, { cause })
  }
}
