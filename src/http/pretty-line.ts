import { prettyFactory } from 'pino-pretty'
import { printable, printableLines } from '../util/unprintable.js'

/** A request's line, as request-log.ts writes it. */
interface RequestLine {
  readonly [field: string]: unknown
  readonly method?: string
  readonly operation?: string
  readonly bucket?: string
  readonly key?: string
  readonly versionId?: string
  readonly accessKeyId?: string
  readonly status?: number
  readonly code?: string
  readonly complete?: boolean
  readonly bytesSent?: number
  readonly ms?: number
  readonly remoteAddress?: string
}

const IN_SENTENCE = [
  'method', 'operation', 'bucket', 'key', 'versionId', 'accessKeyId', 'status', 'code', 'complete', 'bytesSent', 'ms',
  'remoteAddress'
]

/**
 * Makes one line of JSON one line for people (an error's stack goes below it): a request is a sentence, its id comes
 * last.
 */
export function prettyLine ({ colors }: { colors: boolean }): (line: string) => string {
  const style = { colorize: colors, translateTime: 'SYS:HH:MM:ss.l', singleLine: true }
  const ofRequest = prettyFactory({ ...style, ignore: IN_SENTENCE.join(','), messageFormat: sentenceOf })
  const ofAnything = prettyFactory(style)
  return (line) => {
    const log = visible(JSON.parse(line)) as RequestLine
    return log['msg'] === 'request' ? ofRequest(log) : ofAnything(log)
  }
}

function sentenceOf (log: RequestLine): string {
  const object = log.bucket === undefined
    ? undefined
    : [log.bucket, ...(log.key === undefined ? [] : [log.key])].join(
        '/'
      )
  return [
    log.method,
    log.operation,
    object,
    log.versionId === undefined ? undefined : `versionId ${log.versionId}`,
    log.status,
    log.code,
    log.complete === false ? 'broken off' : undefined,
    log.bytesSent === undefined ? undefined : `${log.bytesSent} bytes`,
    log.ms === undefined ? undefined : `${log.ms} ms`,
    log.accessKeyId ?? '-',
    log.remoteAddress
  ].filter((part) => part !== undefined).join(' ')
}

/**
 * The same with every control character shown, that a key cannot begin a line of its own; a stack keeps its lines,
 * which are indented.
 */
function visible (value: unknown, name = ''): unknown {
  if (typeof value === 'string') return name === 'stack' ? printableLines(value) : printable(value)
  if (Array.isArray(value)) return value.map((each) => visible(each))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, visible(each, name)]))
  }
  return value
}
