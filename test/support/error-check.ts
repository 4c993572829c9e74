import { XMLParser } from 'fast-xml-parser'
import type { Test } from 'tap'
import { signWithBotocore } from './botocore.js'
import type { RequestToSign } from './botocore.js'
import { httpGet } from './http-get.js'
import { rawRequest } from './raw-http.js'
import type { Server } from './server.js'

/** A request and the S3 error that it gets. */
export interface ErrorRow {
  name: string
  /** Path and query. */
  target: string
  headers?: Record<string, string>
  /** How it is signed; unsigned where there is none. */
  sign?: Omit<RequestToSign, 'url' | 'method' | 'headers'>
  /** Changes the path and query once they are signed. */
  tamper?: (target: string) => string
  status: number
  code: string
  message: string
  /** The elements beside Code, Message, Resource, RequestId and HostId: these and no more. */
  details?: Record<string, string | RegExp>
  /** Among the answer's headers. */
  answers?: Record<string, string>
}

interface Signed {
  target: string
  headers: Record<string, string>
}

/**
 * Each row as a test: the whole error document, and HEAD's same status and headers without a body. The test needs
 * 'python-boto3'.
 */
export function checkErrors (t: Test, server: Server, rows: ErrorRow[]): void {
  const signed = signedTwins(server, rows)
  for (const [i, row] of rows.entries()) {
    t.test(row.name, async (t) => {
      const [get, head] = [signed[2 * i], signed[2 * i + 1]]
      if (get === undefined || head === undefined) throw new Error('not signed')
      await checkError(t, server, get, row)
      const lines = Object.entries({ Host: `127.0.0.1:${server.port}`, ...head.headers, Connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}`
      )
      const { status, body, headers } = await rawRequest(
        server.port, [`HEAD ${head.target} HTTP/1.1`, ...lines, '', ''].join('\r\n'), { timeoutMs: 60_000 }
      )
      t.strictSame([status, body.length], [row.status, 0], 'HEAD: the same status and no body')
      t.match(headers['x-amz-request-id']?.[0], /^[0-9A-F]{16}$/)
      for (const [name, value] of Object.entries(row.answers ?? {})) {
        t.strictSame(headers[name], [value], `HEAD: ${name}`)
      }
    })
  }
}

async function checkError (t: Test, server: Server, { target, headers }: Signed, row: ErrorRow): Promise<void> {
  const answer = await httpGet({ port: server.port, path: target }, { headers, timeoutMs: 60_000 })
  const text = answer.body.toString()
  t.equal(answer.status, row.status, 'status')
  t.equal(answer.headers['content-type'], 'application/xml')
  t.equal(answer.headers['content-length'], String(answer.body.length))
  t.ok(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<Error>'), text)
  const { Error: document = {} } = new XMLParser({ parseTagValue: false, trimValues: false }).parse(text) as {
    Error?: Record<string, string>
  }
  const { details = {}, answers = {} } = row
  t.match(document, { Code: row.code, Message: row.message, ...details })
  t.equal(document['Message'], row.message)
  t.strictSame(
    Object.keys(document).sort(),
    ['Code', 'Message', 'Resource', 'RequestId', 'HostId', ...Object.keys(details)].sort(),
    'the elements'
  )
  t.equal(
    document['Resource'], target.replace(/\?.*/s, ''), 'the resource without its query, which may hold a signature'
  )
  t.match(document['RequestId'], /^[0-9A-F]{16}$/)
  t.equal(document['RequestId'], answer.headers['x-amz-request-id'])
  t.equal(document['HostId'], answer.headers['x-amz-id-2'])
  for (const [name, value] of Object.entries(answers)) t.equal(answer.headers[name], value, name)
}

/** For each row its GET and its HEAD, signed in one process. */
function signedTwins (server: Server, rows: ErrorRow[]): Signed[] {
  const twins = rows.flatMap((row) => (['GET', 'HEAD'] as const).map((method) => ({ row, method })))
  const results = signWithBotocore(twins.flatMap(({ row: { sign, target, headers = {} }, method }) =>
    sign === undefined ? [] : [{ ...sign, method, url: server.url + target, headers }]))
  return twins.map(({ row: { sign, target, headers = {}, tamper = same } }) => {
    const result = sign && results.shift()
    return result === undefined
      ? { target: tamper(target), headers }
      : { target: tamper(result.url.slice(server.url.length)), headers: result.headers }
  })
}

const same = (target: string): string => target
