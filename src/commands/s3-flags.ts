import type { Command } from 'commander'

/** What aws-cli's users know. */
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
    .option('--endpoint-url <url>', 'the S3 endpoint, where it is not AWS')
    .option('--profile <name>', 'a profile of ~/.aws/config and ~/.aws/credentials')
    .option('--region <region>', 'the region')
    .option('--no-sign-request', 'ask without credentials: for what everybody may read')
    .option('--request-payer <requester>', 'pay for it, where the bucket wants that')
}
