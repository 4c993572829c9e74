/** Why a server could not be asked, and what to do about it where trying again is not the answer. */
export interface NetworkReason {
  readonly why: string
  readonly advice?: string
}

const UNTRUSTED = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_UNTRUSTED|INVALID_CA)$/
const TOO_LATE = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/
const BROKEN = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/

/** The reason in what an HTTP client threw, from the outermost error to its deepest cause; undefined where none is known. */
export function networkReason (chain: readonly Error[]): NetworkReason | undefined {
  const code = chain.map((error) => (error as NodeJS.ErrnoException).code).findLast((code) => typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code))
  if (code === undefined) return undefined
  if (code === 'ECONNREFUSED') return { why: `nobody listens there (${code})` }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { why: `its host is not known (${code})` }
  if (code === 'CERT_HAS_EXPIRED') return { why: `its certificate has expired (${code})` }
  if (code === 'CERT_NOT_YET_VALID') return { why: `its certificate is not valid yet (${code})`, advice: 'look at the clock of this machine' }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { why: `its certificate is for another name (${code})`, advice: 'ask it by that name' }
  if (UNTRUSTED.test(code)) return { why: `its certificate is of nobody whom this machine trusts (${code})`, advice: 'NODE_EXTRA_CA_CERTS names a file with a certificate authority of your own' }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return { why: `it speaks no TLS (${code})`, advice: 'try http://' }
  if (TOO_LATE.test(code)) return { why: `no answer in time (${code})` }
  if (BROKEN.test(code)) return { why: `the connection broke (${code})` }
  return /^E[A-Z]+$/.test(code) ? { why: code } : undefined
}

/** An error and its causes. */
export function chainOf (error: unknown): Error[] {
  const chain: Error[] = []
  for (let next = error; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next)
  return chain
}
