import { S3Error } from './errors.js'

export interface InvalidArgumentOptions {
  /** Instead of the message that S3 has for any argument. */
  readonly message?: string
  /** As it was given; left out where it is a secret, or there are two. */
  readonly value?: string
  readonly cause?: unknown
}

/** S3's InvalidArgument, which names the parameter or the header. */
export function invalidArgument (name: string, { message, value, cause }: InvalidArgumentOptions = {}): S3Error {
  return new S3Error('InvalidArgument', {
    ...(message !== undefined && { message }),
    details: { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) },
    cause
  })
}
