import { ProxyError } from './proxy-error.js'

const NEXT_STEP = 'name its CA in AWS_CA_BUNDLE'
/** Node's and OpenSSL's codes of certificates that are not trusted. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; if it is the right one, name it in AWS_CA_BUNDLE',
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is of a CA that is not known here; ${NEXT_STEP}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate is of a CA that is not known here; ${NEXT_STEP}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is of a CA that is not known here; ${NEXT_STEP}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of a CA that is not known here, or comes without its chain; ' +
    `${NEXT_STEP}`,
  CERT_HAS_EXPIRED: 'its certificate, or one of its chain, has expired; renew it there, or set the clock of this ' +
    'machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; set the clock of this machine',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: `its certificate is not trusted; ${NEXT_STEP}`,
  INVALID_CA: 'its certificate is of one that is no CA',
  INVALID_PURPOSE: 'its certificate is not one of a server',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong'
}

/** An error and its causes, the outermost first, ten at most. */
export function chainOf (error: unknown): Error[] {
  const chain: Error[] = []
  for (let next = error; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next)
  return chain
}

/**
 * Why a server could not be reached, in a sentence without its end and without secrets; undefined where no error of the
 * chain, the outermost first, is of a connection.
 */
export function connectionFailure (chain: readonly Error[]): string | undefined {
  const proxy = chain.findLast((error) => error instanceof ProxyError)
  if (proxy !== undefined) {
    const cause = reasonOf(chain.slice(chain.indexOf(proxy) + 1))
    return cause === undefined ? proxy.message : `${proxy.message}: ${cause}`
  }
  return reasonOf(chain)
}

function reasonOf (chain: readonly Error[]): string | undefined {
  for (const error of chain.toReversed()) {
    const { code } = error as NodeJS.ErrnoException
    const reason = typeof code === 'string'
      ? ofCode(code, error)
      : error.name === 'TimeoutError'
        ? 'it did not answer in time'
        : undefined
    if (reason !== undefined) return reason
  }
  return undefined
}

function ofCode (code: string, error: Error): string | undefined {
  const certificate = CERTIFICATES[code]
  if (certificate !== undefined) return `${certificate} (${code})`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for ${namesOf(error)}, not for ${hostOf(error)} (${code})`
  }
  if (/^(ERR_SSL|EPROTO)/.test(code) && /wrong.version.number|packet.length.too.long|http.request/i.test(
    `${code} ${error.message}`
  )) {
    return `it does not speak TLS; is it http://? (${code})`
  }
  if (/^ERR_SSL_/.test(code) || code === 'EPROTO') return `the TLS handshake failed (${code})`
  if (/^HPE_/.test(code)) return `it does not answer in HTTP; is it https://? (${code})`
  if (code === 'ECONNREFUSED') return 'nobody listens there (ECONNREFUSED)'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its host is not known (${code})`
  if (code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'no connection in time (ETIMEDOUT)'
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'it did not answer in time (ETIMEDOUT)'
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `there is no way to it (${code})`
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return 'it broke the connection off (ECONNRESET)'
  }
  return undefined
}

// Of the certificate whoever answered may have written anything.
const MAX_NAMES = 200

function namesOf (error: Error): string {
  const { cert } = error as { cert?: { subjectaltname?: string, subject?: { CN?: unknown } } }
  const names = (cert?.subjectaltname ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '')).filter(
    (name) => name !== ''
  )
  const common = cert?.subject?.CN
  const text = names.length > 0 ? names.join(', ') : typeof common === 'string' ? common : 'another name'
  return text.length > MAX_NAMES ? `${text.slice(0, MAX_NAMES)}…` : text
}

function hostOf (error: Error): string {
  const { host } = error as { host?: unknown }
  return typeof host === 'string' ? host : 'this one'
}
