import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Faults } from './faults.js'
import { answerTo, signerOf } from './faulty-answer.js'
import { sendAnswer } from './faulty-body.js'
import { FaultyObject } from './faulty-object.js'
import type { ObjectOptions } from './faulty-object.js'

export interface SeenRequest {
  method: string
  /** As it came, path and query. */
  url: string
  headers: IncomingHttpHeaders
  /** The access key id it was signed with, not verified; undefined: unsigned. */
  signer: string | undefined
  status: number
  /** Of the body, and handed to the socket: the client may have received fewer. */
  bytesSent: number
  /** By performance.now(); `endedAt` is undefined while the answer is under way. */
  startedAt: number
  endedAt: number | undefined
}

export interface FaultyBucket {
  /** The canonical id in ?acl. */
  owner: string
  aclForbidden: boolean
  /** The unsigned may list it: a missing key is 404 to them and not 403. */
  public: boolean
  /** The only access key ids that may list it. Undefined: any signed request may. */
  listers: string[] | undefined
  /** Keys in a page of a listing. */
  pageKeys: number
  /** The versions under each key, latest last. */
  readonly objects: Map<string, FaultyObject[]>
}

/**
 * A small S3 origin on loopback that reads as S3 does (path style, HEAD and GET) and goes wrong as it is told. Objects
 * of any size need no memory. It does not verify signatures.
 */
export class FaultyOrigin {
  readonly requests: SeenRequest[] = []
  readonly buckets = new Map<string, FaultyBucket>()
  /** For every request; objects have their own. */
  faults: Faults = {}
  readonly #server = createServer((request, response) => { this.#serve(request, response) })

  constructor () {
    this.#server.requestTimeout = 0
    this.#server.keepAliveTimeout = 60_000
  }

  /** Port 0: any. A port is given to come back where it was before close(). */
  async listen (port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  get endpoint (): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Bytes of bodies sent in all. */
  get bytesSent (): number {
    return this.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  }

  /** The bucket, made if there is none, with these settings changed. */
  bucket (name: string, settings: Partial<Omit<FaultyBucket, 'objects'>> = {}): FaultyBucket {
    const bucket = this.buckets.get(name) ??
      {
        owner: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a',
        aclForbidden: false,
        public: false,
        listers: undefined,
        pageKeys: 1000,
        objects: new Map()
      }
    Object.assign(bucket, settings)
    this.buckets.set(name, bucket)
    return bucket
  }

  /** Stores an object, in a bucket that is made if there is none. */
  put (bucket: string, key: string, options: ObjectOptions): FaultyObject {
    const { objects } = this.bucket(bucket)
    const object = new FaultyObject(options)
    objects.set(key, options.versionId === undefined ? [object] : [...objects.get(key) ?? [], object])
    return object
  }

  remove (bucket: string, key: string): void {
    this.buckets.get(bucket)?.objects.delete(key)
  }

  /** Breaks every connection and refuses new ones. */
  async close (): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #serve (request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request
    const seen: SeenRequest = {
      method,
      url,
      headers,
      signer: signerOf(request),
      status: 0,
      bytesSent: 0,
      startedAt: performance.now(),
      endedAt: undefined
    }
    this.requests.push(seen)
    response.once('close', () => { seen.endedAt = performance.now() })
    response.setHeader('x-amz-request-id', String(this.requests.length).padStart(16, '0'))
    response.setHeader('x-amz-id-2', 'faulty')
    request.resume()
    const answer = answerTo(this, request)
    seen.status = answer.status
    const { body } = answer
    Promise.resolve(answer.faults.get('held')).then(() => sendAnswer(response, answer, (bytes) => {
      seen.bytesSent += bytes
      if ('object' in body) this.#sent(body.object, bytes)
    })).catch((error: unknown) => { response.destroy(error instanceof Error ? error : undefined) })
  }

  #sent (object: FaultyObject, bytes: number): void {
    const { replaceAfter } = object.options
    const before = object.bytesSent
    object.bytesSent += bytes
    if (!replaceAfter || before >= replaceAfter.bytes || object.bytesSent < replaceAfter.bytes) return
    for (const [name, { objects }] of this.buckets) {
      for (const [key, versions] of objects) {
        if (versions.includes(object)) this.put(name, key, replaceAfter.with)
      }
    }
  }
}

/** A faulty origin that is closed with the test. */
export async function startFaultyOrigin (t: Test): Promise<FaultyOrigin> {
  const origin = new FaultyOrigin()
  await origin.listen()
  t.teardown(() => origin.close())
  return origin
}
