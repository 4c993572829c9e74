import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import { credentialsText } from './key-pair.js'
import type { KeyPair } from './key-pair.js'

// What the tests of the signatures share: who signs, and what a refusal must say.

export const alice: KeyPair = {
  accessKeyId: 'ALICEACCESSKEY000001', secretAccessKey: 'alice/secret+key0000000000000000000000000'
}
/** Has a session token. */
export const carol: KeyPair = {
  accessKeyId: 'CAROLACCESSKEY000001', secretAccessKey: 'carolsecretkey00000000000000000000000000'
}
/** An access key id that the server does not know. */
export const nobody: KeyPair = { accessKeyId: 'NOBODYACCESSKEY00001', secretAccessKey: alice.secretAccessKey }
/** Alice's access key id and a wrong secret. */
export const mallory: KeyPair = {
  accessKeyId: alice.accessKeyId, secretAccessKey: 'mallorysecretkey000000000000000000000000'
}
export const CAROLS_TOKEN = 'carol/session+token=='

/** The server's credentials file: alice and carol. */
export const CREDENTIALS = `${credentialsText({ alice, carol })}aws_session_token = ${CAROLS_TOKEN}\n`

/** ISO 8601 basic, as X-Amz-Date has it. */
export function stamp (at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

export function scopeOf (at: number, region = 'us-east-1', service = 's3', terminal = 'aws4_request'): string {
  return [stamp(at).slice(0, 8), region, service, terminal].join('/')
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** The text of an element of an error document. */
export function element ({ body }: Pick<Answer, 'body'>, name: string): string | undefined {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' }
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString())?.[1]?.replace(
    /&\w+;/g, (entity) => entities[entity] ?? entity
  )
}

/**
 * An error document without what is known to whoever has sent the request: its own signature, and hashes of its own
 * text.
 */
export function untold (answer: Pick<Answer, 'body'>): string {
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
  const known = [
    element(answer, 'SignatureProvided') ?? '', hashOf(element(answer, 'CanonicalRequest') ?? ''), hashOf('')
  ]
  return known.reduce((text, part) => text.replaceAll(part, ''), answer.body.toString())
}

/** Asserts an error document whole: `expected` is status and Code, to HEAD the status alone and no body. */
export function assertRefusal (
  t: Test, { method, target }: { method: string, target: string }, answer: Answer, expected: string, what: string
): void {
  const { status, headers, body } = answer
  if (method === 'HEAD') {
    t.strictSame([String(status), body.length], [expected, 0], what)
    return
  }
  t.strictSame({
    answer: `${status} ${element(answer, 'Code')}`,
    message: Boolean(element(answer, 'Message')),
    type: [headers['content-type']].flat(),
    requestIds: [element(answer, 'RequestId')],
    resource: element(answer, 'Resource')
  }, {
    answer: expected,
    message: true,
    type: ['application/xml'],
    requestIds: [headers['x-amz-request-id']].flat(),
    resource: target.split('?')[0]
  }, what)
}
