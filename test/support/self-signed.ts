import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { skipOrFail } from './programs.js'

export interface SelfSigned {
  readonly key: Buffer
  readonly cert: Buffer
  /** The certificate's file. */
  readonly certPath: string
}

/** A certificate for localhost and 127.0.0.1 that nobody vouches for; where there is no openssl the test is skipped. */
export function selfSigned (t: Test, dir: string): SelfSigned | undefined {
  const [keyPath, certPath] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-days', '2',
      '-keyout', keyPath, '-out', certPath, '-subj', '/CN=localhost', '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1'], {
      stdio: 'ignore'
    })
  } catch (error) {
    skipOrFail(t, `openssl made no certificate: ${String(error)}`)
    return undefined
  }
  return { key: readFileSync(keyPath), cert: readFileSync(certPath), certPath }
}
