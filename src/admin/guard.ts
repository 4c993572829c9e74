import { createHash, timingSafeEqual } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { FastifyReply, FastifyRequest } from 'fastify'

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

/** Decides which requests the admin listener answers. */
export class Guard {
  readonly #token: Buffer | undefined

  /** @param token undefined: on loopback, where every user of this machine may look */
  constructor (token: string | undefined) {
    this.#token = token === undefined ? undefined : digest(token)
  }

  /**
   * Without a token a page of another site could be told by a browser here, under a name that it has pointed to this
   * machine (DNS rebinding).
   */
  readonly forAll: Hook = ({ headers }, reply, done) => {
    if (this.#token !== undefined || isLoopbackName(headers.host ?? '')) done()
    else {
      reply.status(403).send({
        error: 'Without --admin-token this is answered to http://127.0.0.1 and http://localhost only.'
      })
    }
  }

  readonly forReaders: Hook = (request, reply, done) => {
    if (this.#token === undefined || this.#isRight(bearerOf(request))) done()
    else refuse(reply, 'This needs the bearer token of --admin-token.')
  }

  /** Always a token: the page of any site may send a POST. Ceph can send none but in the URL. */
  readonly forEvents: Hook = (request, reply, done) => {
    const { token } = request.query as { token?: unknown }
    if (this.#isRight(bearerOf(request)) || (typeof token === 'string' && this.#isRight(token))) done()
    else {
      refuse(reply, this.#token === undefined
        ? 'Bucket notifications need a token: set OBJECT_TORRENT_ADMIN_TOKEN.'
        : 'This needs the token of --admin-token, as a bearer token or as ?token=.')
    }
  }

  #isRight (token: string | undefined): boolean {
    return this.#token !== undefined && token !== undefined && timingSafeEqual(this.#token, digest(token))
  }
}

function refuse (reply: FastifyReply, error: string): void {
  reply.status(401).header('www-authenticate', 'Bearer').send({ error })
}

// MinIO sends an auth_token without a scheme as it is.
function bearerOf ({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization?.replace(/^Bearer +/i, '')
}

function digest (token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function isLoopbackName (host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback')
}
