import type { FastifyInstance } from 'fastify'
import { getWebSeed } from '../operations/get-web-seed.js'
import type { GetWebSeedParts } from '../operations/get-web-seed.js'
import { assertBucketName, assertKeyLength } from '../s3/address.js'
import { S3Error } from '../s3/errors.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { parseRange } from '../s3/range.js'
import { decodeUri } from '../s3/uri.js'
import { fileNameOf } from '../torrent/file-name.js'
import { FOLDER, parsePin } from '../torrent/web-seed-url.js'
import type { Pin } from '../torrent/web-seed-url.js'
import { replyError } from './error-reply.js'
import { clientSignal, replyObject } from './object-reply.js'
import { clientOf, noteObject } from './request-context.js'

// What is stored, byte for byte, is what was hashed: a Content-Encoding would ask clients to decode it (RFC 9110
// §8.4), and the rest describes a page.
const BYTES = { 'content-type': 'application/octet-stream' }

/**
 * The web seed, `/-/seed/<pin>/<bucket>/<key>`, and NoSuchKey for every other path under `/-/`, which no bucket is
 * named. Neither depends on Host or on credentials.
 */
export function mountWebSeed (server: FastifyInstance, parts: GetWebSeedParts): void {
  server.route({
    method: ['GET', 'HEAD'],
    url: '/-/seed/*',
    constraints: { addressing: 'path' },
    handler: async (request, reply) => {
      request.s3.operation = 'GetWebSeed'
      const { pin, object } = seedAddress(request.raw.url ?? '')
      noteObject(request, object)
      const found = await getWebSeed(parts, {
        object,
        pin,
        range: parseRange(request.headers.range),
        headOnly: request.method === 'HEAD',
        address: request.s3.remoteAddress,
        client: clientOf(request)
      }, clientSignal(reply))
      return replyObject(reply, { ...found, head: { ...found.head, headers: BYTES } })
    }
  })
  server.route({
    method: ['GET', 'HEAD'],
    url: '/-/*',
    constraints: { addressing: 'path' },
    handler: (request, reply) => replyError(new S3Error('NoSuchKey'), request, reply)
  })
}

function seedAddress (target: string): { pin: Pin, object: ObjectAddress } {
  const [, pinText = '', rawBucket = '', rawKey = ''] = /^\/-\/seed\/([^/?]*)\/([^/?]*)\/([^?]*)/.exec(target) ?? []
  const isFolder = pinText.startsWith(FOLDER)
  const pin = parsePin(decodeUri(isFolder ? pinText.slice(FOLDER.length) : pinText))
  const key = decodeUri(isFolder ? rawKey.slice(0, rawKey.lastIndexOf('/')) : rawKey)
  const isNamed = !isFolder || decodeUri(rawKey.slice(rawKey.lastIndexOf('/') + 1)) === fileNameOf(key)
  if (pin === undefined || key === '' || !isNamed) throw new S3Error('NoSuchKey', { details: { Key: key } })
  const bucket = decodeUri(rawBucket)
  assertBucketName(bucket)
  assertKeyLength(key)
  return { pin, object: { bucket, key, ...(pin.versionId !== undefined && { versionId: pin.versionId }) } }
}
