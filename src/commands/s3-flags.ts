import type { Command } from 'commander'

/** Flags as aws-cli has them. */
export interface S3Flags {
  readonly endpointUrl?: string
  readonly profile?: string
  readonly region?: string
  /** False with --no-sign-request. */
  readonly signRequest: boolean
  readonly requestPayer?: string
}

/** Adds aws-cli's own flags to a command. */
export function withS3Flags (command: Command): Command {
  return command
    .optionsGroup('As in aws-cli, and with its variables and files:')
    .option('--endpoint-url <url>', 'S3 endpoint, where it is not AWS')
    .option('--profile <name>', 'Profile of ~/.aws/config and ~/.aws/credentials')
    .option('--region <region>', 'Region of the bucket')
    .option('--no-sign-request', 'Ask without credentials, for objects that everybody may read')
    .option('--request-payer <requester>', 'Pay for the requests, as some buckets demand; the value is requester')
}
