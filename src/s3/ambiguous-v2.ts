import type { S3Error } from './errors.js'
import { invalidArgument } from './invalid-argument.js'
import type { QueryParameter } from './query.js'

/**
 * Version 2 signs values as they are, one behind the other: `versionId=1` inside the value of
 * response-content-disposition is the same string as a versionId of its own, and a line break in an x-amz-* value the
 * same as another header. Whoever holds a URL could choose which of them it is, and so which version is read. An `&` in
 * front of anything but a signed parameter (a file name) says nothing else, and stays.
 * @param signed the parameters of CanonicalizedResource
 * @throws S3Error InvalidArgument
 */
export function refuseAmbiguousV2 (query: readonly QueryParameter[], signed: ReadonlySet<string>): void {
  for (const { name, value = '' } of query) {
    if (signed.has(name) && value.split('&').slice(1).some((part) => signed.has(part.split('=', 1)[0] ?? ''))) {
      throw ambiguous(name)
    }
    if (/^x-amz-/i.test(name) && (/[:\u0000-\u001F\u007F]/.test(name) || /[\u0000-\u001F\u007F]/.test(value))) {
      throw ambiguous(name)
    }
  }
}

function ambiguous (name: string): S3Error {
  return invalidArgument(name, { message: 'The signature of version 2 covers this parameter and another one as well.' })
}
