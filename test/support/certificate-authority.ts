import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from './programs.js'

export interface Issued {
  /** PEM: the certificate, and the authority's behind it. */
  readonly cert: Buffer
  readonly key: Buffer
}

/** A certificate authority of one test, in a folder of its own. The test needs 'openssl'. */
export class CertificateAuthority {
  /** Its certificate, for clients to trust. */
  readonly certPath: string
  readonly #dir: string
  #issued = 0

  constructor (dir: string) {
    mkdirSync(dir, { recursive: true })
    this.#dir = dir
    this.certPath = join(dir, 'ca.pem')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=the test\'s own authority',
      '-keyout', join(dir, 'ca.key'), '-out', this.certPath)
  }

  /**
   * A certificate for localhost and 127.0.0.1, or for other names in OpenSSL's words.
   * @param days of its validity; a negative number: over
   */
  issue (names = 'DNS:localhost,IP:127.0.0.1', days = 2): Issued {
    const at = (name: string): string => join(this.#dir, `${name}-${this.#issued}`)
    this.#issued++
    const [key, request, cert, extensions] = [at('key'), at('request'), at('cert'), at('extensions')]
    writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-keyout',
      key,
      '-out',
      request
    )
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      this.certPath,
      '-CAkey',
      join(this.#dir, 'ca.key'),
      '-CAcreateserial',
      '-days',
      String(days),
      '-extfile',
      extensions,
      '-out',
      cert
    )
    return { cert: Buffer.concat([readFileSync(cert), readFileSync(this.certPath)]), key: readFileSync(key) }
  }
}

function openssl (...args: string[]): void {
  execFileSync(programPath('openssl'), args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 })
}
