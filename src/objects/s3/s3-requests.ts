import { isIP } from 'node:net'
import { SignatureV4 } from '@smithy/signature-v4'
import type { KeyPair } from '../../credentials/key-pair.js'
import { Sha256 } from '../../credentials/sha256.js'
import { Outbound } from '../../net/outbound.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { Requester } from '../requester.js'
import { encodeUri, encodeUriPath } from '../../s3/uri.js'

export interface S3RequestsOptions {
  readonly endpoint: string
  readonly region: string
  readonly addressing: 'path' | 'virtual'
  /** How the endpoint is reached; directly, where it is not said. */
  readonly outbound?: Outbound
}

/** A request without a body, ready to be sent. Header names are lower-case, `path` is escaped. */
export interface S3Request {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port: number | undefined
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const DNS_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/**
 * HEAD and GET of an object as the SDK makes and signs them, without its stack, which costs several times more than the
 * signature. For the calls that are made most, and only where the SDK asks again after any answer but the expected one.
 */
export class S3Requests {
  readonly #endpoint: URL
  readonly #options: S3RequestsOptions
  readonly #signers = new WeakMap<KeyPair, SignatureV4>()

  constructor (options: S3RequestsOptions) {
    this.#options = options
    this.#endpoint = new URL(options.endpoint)
  }

  get outbound (): Outbound {
    return this.#options.outbound ?? Outbound.direct
  }

  /** HEAD of the endpoint itself, unsigned. */
  root (): S3Request {
    const { protocol, hostname, port, host } = this.#endpoint
    return {
      method: 'HEAD',
      protocol,
      hostname,
      port: port === '' ? undefined : Number(port),
      path: '/',
      query: {},
      headers: { host, 'user-agent': 'object-torrent' }
    }
  }

  async signed (
    method: 'HEAD' | 'GET',
    object: ObjectAddress,
    { keyPair, requestPayer, expectedBucketOwner }: Requester,
    headers: Record<string, string> = {},
    query: Record<string, string> = {}
  ): Promise<S3Request> {
    const { protocol, hostname, port, pathname } = this.#endpoint
    const { bucket, key, versionId } = object
    const base = pathname.replace(/\/$/, '')
    const virtual = this.#options.addressing === 'virtual' && DNS_LABEL.test(bucket) && isIP(
      hostname.replace(/^\[|\]$/g, '')
    ) === 0
    const host = virtual ? `${bucket}.${hostname}` : hostname
    const request: S3Request = {
      method,
      protocol,
      hostname: host,
      port: port === '' ? undefined : Number(port),
      path: `${base}${virtual ? '' : `/${encodeUri(bucket)}`}/${encodeUriPath(key)}`,
      query: versionId === undefined ? query : { ...query, versionId },
      headers: {
        host: port === '' ? host : `${host}:${port}`,
        'user-agent': 'object-torrent',
        ...headers,
        ...(requestPayer && { 'x-amz-request-payer': 'requester' }),
        ...(expectedBucketOwner !== undefined && { 'x-amz-expected-bucket-owner': expectedBucketOwner })
      }
    }
    if (keyPair === undefined) return request
    const signed = await this.#signer(keyPair).sign({
      ...request, headers: { ...request.headers, 'x-amz-content-sha256': EMPTY_SHA256 }
    })
    return { ...request, headers: signed.headers }
  }

  #signer (keyPair: KeyPair): SignatureV4 {
    const known = this.#signers.get(keyPair)
    if (known !== undefined) return known
    const signer = new SignatureV4({
      service: 's3',
      region: this.#options.region,
      credentials: keyPair,
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false
    })
    this.#signers.set(keyPair, signer)
    return signer
  }
}

/** Path and query of a request, as its first line has them. */
export function targetOf ({ path, query }: S3Request): string {
  const search = Object.entries(query).map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join('&')
  return search === '' ? path : `${path}?${search}`
}
