import { S3Client } from '@aws-sdk/client-s3'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { KeyPair } from '../../credentials/key-pair.js'
import { Outbound } from '../../net/outbound.js'
import { BoundedHttpHandler } from './bounded-http-handler.js'
import type { S3RequestsOptions } from './s3-requests.js'

const ATTEMPTS = 3
/** Of no access key: they have no spaces. */
const OWN = 'the own pair'

type HeaderBag = Readonly<Record<string, string>>

/**
 * The SDK's clients of one endpoint, one a key pair; the pairs are those the operator configured. Whoever makes them
 * closes them.
 */
export class S3Clients {
  readonly #options: S3RequestsOptions
  readonly #handler: BoundedHttpHandler
  readonly #clients = new Map<string, { keyPair: KeyPair | undefined, client: S3Client }>()
  readonly #headers = new WeakMap<object, HeaderBag>()

  constructor (options: S3RequestsOptions) {
    this.#options = options
    this.#handler = new BoundedHttpHandler(options.outbound ?? Outbound.direct)
  }

  /**
   * The client that signs with this pair; undefined: that does not sign.
   * @param own one after the other, and only the last is asked for again
   */
  of (keyPair: KeyPair | undefined, own = false): S3Client {
    const id = own ? OWN : keyPair?.accessKeyId ?? ''
    const known = this.#clients.get(id)
    if (known?.keyPair === keyPair && known !== undefined) return known.client
    const client = new S3Client(this.#configOf(keyPair))
    // Behind the SDK's reader and before it: of dates it reads others than S3FastHead does, so it gets none to read.
    client.middlewareStack.add((next) => async (args) => {
      const result = await next(args)
      const response = result.response as { headers?: HeaderBag }
      const { 'last-modified': _, ...others } = response.headers ?? {}
      this.#headers.set(response, response.headers ?? {})
      response.headers = others
      return result
    }, { step: 'deserialize', priority: 'low', name: 'takeHeaders' })
    client.middlewareStack.add((next) => async (args) => {
      const result = await next(args)
      if (result.output !== undefined) this.#headers.set(result.output, this.headersOf(result.response as object))
      return result
    }, { step: 'deserialize', priority: 'high', name: 'keepHeaders' })
    this.#clients.set(id, { keyPair, client })
    return client
  }

  /** The headers that an output came with, lower-case names; its own LastModified is never set. */
  headersOf (output: object): HeaderBag {
    return this.#headers.get(output) ?? {}
  }

  close (): void {
    for (const { client } of this.#clients.values()) client.destroy()
    this.#handler.destroy()
  }

  #configOf (keyPair: KeyPair | undefined): S3ClientConfig {
    const { endpoint, region, addressing } = this.#options
    return {
      endpoint,
      region,
      forcePathStyle: addressing === 'path',
      requestHandler: this.#handler,
      maxAttempts: ATTEMPTS,
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestChecksumCalculation: 'WHEN_REQUIRED',
      // What the SDK would else look up in the environment and in ~/.aws.
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
      defaultsMode: 'standard',
      retryMode: 'standard',
      ...(keyPair
        ? { credentials: keyPair }
        : {
            credentials: { accessKeyId: '', secretAccessKey: '' },
            signer: {
              sign: (request) => Promise.resolve(request)
            }
          })
    }
  }
}
