import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { statVersion } from '../util/stat-version.js'
import { SettingError } from '../util/operator-error.js'

/** Files of PEM: the certificate with its chain, and its private key without a passphrase. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** What the files hold, as node:tls takes it. */
export interface TlsPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** A certificate or a key that cannot be used. */
export class TlsFileError extends SettingError {
  override name = 'TlsFileError'
}

interface TlsLog {
  info (facts: object, message: string): void
  warn (facts: object, message: string): void
}

const LOOK_MS = 2_000

/** The pair in these files; of the certificates the first is the server's own. @throws TlsFileError */
export async function readTlsPair (files: TlsFiles): Promise<TlsPair> {
  const [cert, key] = await Promise.all([read('--tls-cert', files.cert), read('--tls-key', files.key)])
  const certificate = attempt(() => new X509Certificate(cert), `--tls-cert ${files.cert} holds no certificate in PEM.`)
  const privateKey = attempt(
    () => createPrivateKey(key),
    `--tls-key ${files.key} holds no private key in PEM that can be used without a passphrase.`
  )
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsFileError(`--tls-key ${files.key} is not the key of the first certificate in ${files.cert}.`)
  }
  attempt(
    () => createSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
    `--tls-cert ${files.cert} cannot be used: its key is too weak, or a certificate after the first is broken.`
  )
  return { cert, key }
}

/**
 * Looks at the files every two seconds and hands a changed pair to `use`. Certificate and key change one after the
 * other: until they fit, and whatever else is wrong with them, what was read before stays, and the log says so. Whoever
 * begins it calls what is returned to end it.
 */
export function watchTlsPair (files: TlsFiles, log: TlsLog, use: (pair: TlsPair) => void): () => void {
  let current = ''
  let looking = false
  const look = async (): Promise<void> => {
    const version = await versionOf(files)
    const first = current === ''
    if (version === current) return
    current = version
    if (first) return
    try {
      const pair = await readTlsPair(files)
      use(pair)
      log.info({ validTo: new X509Certificate(pair.cert).validTo }, 'the certificate was read again')
    } catch (error) {
      log.warn({ err: error }, 'the certificate has changed and cannot be used; the one before stays')
    }
  }
  const once = (): void => {
    if (looking) return
    looking = true
    look().catch((error: unknown) => log.warn({ err: error }, 'the certificate could not be looked at')).finally(() => {
      looking = false
    })
  }
  once()
  const timer = setInterval(once, LOOK_MS).unref()
  return () => clearInterval(timer)
}

// Links are followed: certbot and Kubernetes change where they lead.
async function versionOf ({ cert, key }: TlsFiles): Promise<string> {
  const looks = [cert, key].map(async (file) => statVersion(await stat(file, { bigint: true })))
  const versions = await Promise.all(looks).catch(() => ['gone'])
  return versions.join()
}

async function read (flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new TlsFileError(`${flag} ${file} cannot be read (${reason}).`, { cause })
  }
}

function attempt<T> (work: () => T, otherwise: string): T {
  try {
    return work()
  } catch (cause) {
    throw new TlsFileError(otherwise, { cause })
  }
}
