import { execFileSync } from 'node:child_process'
import { awsEnv } from './clean-env.js'
import { programPath } from './programs.js'
import { inRepo } from './repo-root.js'

export interface RequestToSign {
  scheme: 'v4' | 'v4-presign' | 'v2' | 'v2-presign'
  /** GET by default. */
  method?: string
  /** Path and query as they are to be sent; the path is kept verbatim. */
  url: string
  /** Signed along: all of them by v4 but User-Agent and Expect, x-amz-* and Content-Type by v2. */
  headers?: Record<string, string>
  accessKeyId: string
  secretAccessKey: string
  /** us-east-1 by default. */
  region?: string
  /** s3 by default. */
  service?: string
  /** Seconds, for the presigned; 3600 by default. */
  expires?: number
  /** When it is signed, ISO 8601 in UTC; now by default. */
  date?: string
  /** v4: 'unsigned', or the hash to state. By default the hash of the empty body. */
  payload?: string
  /** v2, where the bucket is in the host: the path with it. */
  authPath?: string
}

export interface SignedRequest {
  url: string
  /** To be sent with it. Host is not among them unless it was given: it is the URL's. */
  headers: Record<string, string>
  /** v4. */
  canonicalRequest?: string
  stringToSign: string
}

/** Signs with botocore, AWS's own signer, in one process for all. The test needs 'python-boto3'. */
export function signWithBotocore (requests: RequestToSign[]): SignedRequest[] {
  const output = execFileSync(programPath('python-boto3'), ['-W', 'ignore', inRepo('test/support/botocore-sign.py')], {
    env: awsEnv(), input: JSON.stringify(requests), encoding: 'utf8', timeout: 30_000, maxBuffer: 64 << 20
  })
  return JSON.parse(output) as SignedRequest[]
}
