/** A GET whose head came whole, and says nothing that is for a parser to decide. */
export interface PlainGet {
  /** Path and query, as they were sent: visible ASCII without `#`. */
  readonly target: string
  /** Whether its connection stays for another request (RFC 9112 §9.3). */
  readonly isKept: boolean
}

/** Longer heads, and more headers, are not plain. */
const MAX_BYTES = 4096
const MAX_HEADERS = 32
const SHORTEST = 'GET / HTTP/1.0\r\n\r\n'.length
const G = 0x47
const LINE_FEED = 0x0A

const REQUEST_LINE = /GET (\/[!"$-~]*) HTTP\/1\.([01])\r\n/y
// RFC 9110 §5.1, §5.5: a token, and visible ASCII with blanks.
const HEADER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~]*)\r\n/y

/**
 * Reads the bytes of one request, or undefined: it may be half of one, more than one, or one that node:http has to
 * look at, because it is rare or wrong. Plain is what node:http would answer without a doubt, with the same result.
 */
export function plainGet (bytes: Buffer): PlainGet | undefined {
  const { length } = bytes
  if (length < SHORTEST || length > MAX_BYTES || bytes[0] !== G || bytes[length - 1] !== LINE_FEED) return undefined
  const text = bytes.toString('latin1')
  REQUEST_LINE.lastIndex = 0
  const [, target, minor] = REQUEST_LINE.exec(text) ?? []
  if (target === undefined) return undefined
  const isOld = minor === '0'
  const isKept = keptBy(text, REQUEST_LINE.lastIndex, isOld)
  return isKept === undefined ? undefined : { target, isKept }
}

/** Undefined for headers that are not plain, or not all there, or with anything behind them. */
function keptBy (text: string, from: number, isOld: boolean): boolean | undefined {
  const end = text.length - 2
  let hosts = 0
  let connection: string | undefined
  let at = from
  for (let count = 0; at < end; count++) {
    HEADER.lastIndex = at
    const match = HEADER.exec(text)
    if (match === null || count === MAX_HEADERS) return undefined
    at = HEADER.lastIndex
    const [, name = '', value = ''] = match
    switch (name.toLowerCase()) {
      case 'host':
        hosts++
        break
      case 'connection':
        if (connection !== undefined) return undefined
        connection = value.trimStart().toLowerCase()
        break
      case 'content-length':
      case 'transfer-encoding':
      case 'expect':
      case 'upgrade':
      case 'proxy-connection':
        return undefined
    }
  }
  // RFC 9112 §3.2: one Host, in HTTP/1.1.
  if (at !== end || !text.endsWith('\r\n') || hosts > 1 || (hosts === 0 && !isOld)) return undefined
  if (connection === undefined) return !isOld
  return connection === 'close' ? false : connection === 'keep-alive' ? true : undefined
}
