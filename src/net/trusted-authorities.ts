import { readFile } from 'node:fs/promises'
import { createSecureContext, rootCertificates } from 'node:tls'
import * as tls from 'node:tls'
import type { SecureContext } from 'node:tls'
import { SettingError } from '../util/operator-error.js'

/** A file of certificates that cannot be used; `message` is one sentence. */
export class AuthorityFileError extends SettingError {
  override name = 'AuthorityFileError'
}

const MAX_BYTES = 16 * 1024 * 1024

/** The certificates of a PEM file. @param name the variable or setting that names it @throws AuthorityFileError */
export async function readAuthorities (name: string, path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'latin1')
  } catch (cause) {
    throw new AuthorityFileError(
      `The file ${path} of ${name} cannot be read (${String((cause as NodeJS.ErrnoException).code)}).`, { cause }
    )
  }
  if (text.length > MAX_BYTES || !/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) {
    throw new AuthorityFileError(`The file ${path} of ${name} holds no certificates in PEM.`)
  }
  try {
    createSecureContext({ ca: text })
  } catch (cause) {
    throw new AuthorityFileError(`The file ${path} of ${name} holds a certificate that cannot be read.`, { cause })
  }
  return text
}

/**
 * Trusts these, and whom node trusts: the well-known ones, and those of NODE_EXTRA_CA_CERTS. Takes some milliseconds to
 * make.
 */
export function trusting (authorities: string): SecureContext {
  // Where node tells which it trusts by default (22.15), that has NODE_EXTRA_CA_CERTS and --use-system-ca in it.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return createSecureContext({ ca: [...getCACertificates?.('default') ?? rootCertificates, authorities] })
}
