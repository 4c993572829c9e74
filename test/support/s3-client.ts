import { S3Client } from '@aws-sdk/client-s3'
import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Test } from 'tap'
import type { KeyPair } from './key-pair.js'

/** AWS's client for JavaScript, without retries, closed with the test. `virtualHosted`: every name is 127.0.0.1. */
export function s3Client (
  t: Test, { endpoint, keyPair, virtualHosted = false }: { endpoint: string, keyPair: KeyPair, virtualHosted?: boolean }
): S3Client {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: keyPair,
    forcePathStyle: !virtualHosted,
    maxAttempts: 1,
    // Ceph 16 knows none of the newer ones.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(virtualHosted && { requestHandler: { httpAgent: new Agent({ lookup: loopback }) } })
  })
  t.teardown(() => { client.destroy() })
  return client
}

/** A name that no other test, nor another run against the same Ceph, uses. */
export function bucketName (purpose: string): string {
  return `${purpose}-${randomBytes(5).toString('hex')}`
}

const loopback: LookupFunction = (_host, { all }, done) => {
  if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}
