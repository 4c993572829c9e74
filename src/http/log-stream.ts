import { printableLines } from '../util/unprintable.js'

/** Where log lines go: what pino takes as its destination. */
export interface LogStream {
  write (line: string): void
}

export type LogFormat = 'auto' | 'json' | 'pretty'

/** What a stream of this process is asked: a terminal or not. */
export interface LogOutput extends LogStream {
  readonly isTTY?: boolean
  hasColors? (): boolean
}

// A client that escapes the ? of a presigned URL makes its signature part of a key; proxies quote URLs and headers in
// their errors. Each secret ends where the next begins: "secretsecret…" is looked through once.
const SECRET_NAME = 'signature|security-token|customer-key(?:-md5)?|password|secret(?:(?!secret)[a-z-])*'
const SECRET = new RegExp(
  String.raw`((?:${SECRET_NAME})(?:=|%(?:25)*3d)|\bAWS [^\s:"\\]{1,128}:)[^&"\s\\,]+`, 'gi'
)

/**
 * Lines as `format` says; auto: pretty on a terminal, else JSON. What looks like a signature or a token is left out of
 * every line, and characters that a terminal obeys are escaped, whatever part of a request they came in.
 */
export async function openLogStream (format: LogFormat, output: LogOutput): Promise<LogStream> {
  const toTerminal = output.isTTY === true
  if (format === 'json' || (format === 'auto' && !toTerminal)) {
    return { write: (line) => { output.write(safeLine(line)) } }
  }
  const { prettyLine } = await import('./pretty-line.js') // a library that only people need
  const pretty = prettyLine({ colors: toTerminal && output.hasColors?.() === true })
  return { write: (line) => { output.write(pretty(safeLine(line))) } }
}

/** The same JSON, without secrets, and with what cannot be seen escaped. */
export function safeLine (line: string): string {
  return printableLines(line.replace(SECRET, '$1[redacted]'))
}
