import type { FastifyInstance, FastifyReply } from 'fastify'
import { getPrefixSeed } from '../operations/get-prefix-seed.js'
import type { GetPrefixSeedParts } from '../operations/get-prefix-seed.js'
import { getWebSeed } from '../operations/get-web-seed.js'
import type { ObjectAnswer } from '../delivery/object-answer.js'
import { assertBucketName, assertKeyLength } from '../s3/address.js'
import { S3Error } from '../s3/errors.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { parseRange } from '../s3/range.js'
import { decodeUri } from '../s3/uri.js'
import { fileNameOf } from '../torrent/file-name.js'
import { parsePrefixPin } from '../torrent/prefix-seed-url.js'
import { FOLDER, parsePin } from '../torrent/web-seed-url.js'
import type { Pin } from '../torrent/web-seed-url.js'
import { replyError } from './error-reply.js'
import { clientSignal, replyObject } from './object-reply.js'
import { clientOf, noteObject } from './request-context.js'

// What is stored, byte for byte, is what was hashed: a Content-Encoding would ask clients to decode it (RFC 9110
// §8.4), and the rest describes a page.
const BYTES = { 'content-type': 'application/octet-stream' }

/**
 * The web seed, `/-/seed/<pin>/<bucket>/<key>`, that of prefix torrents, and NoSuchKey for every other path under
 * `/-/`, which no bucket is named. Neither depends on Host or on credentials.
 */
export function mountWebSeed (server: FastifyInstance, parts: GetPrefixSeedParts): void {
  server.route({
    method: ['GET', 'HEAD'],
    url: '/-/seed/*',
    constraints: { addressing: 'path' },
    handler: async (request, reply) => {
      request.s3.operation = 'GetWebSeed'
      const target = request.raw.url ?? ''
      const asked = {
        range: parseRange(request.headers.range),
        headOnly: request.method === 'HEAD',
        address: request.s3.remoteAddress,
        client: clientOf(request)
      }
      const file = fileAddress(target)
      const onObject = (object: ObjectAddress): void => noteObject(request, object)
      if (file !== undefined) {
        return seed(reply, await getPrefixSeed(parts, { ...file, ...asked, onObject }, clientSignal(reply)))
      }
      const { pin, object } = seedAddress(target)
      onObject(object)
      return seed(reply, await getWebSeed(parts, { object, pin, ...asked }, clientSignal(reply)))
    }
  })
  server.route({
    method: ['GET', 'HEAD'],
    url: '/-/*',
    constraints: { addressing: 'path' },
    handler: (request, reply) => replyError(new S3Error('NoSuchKey'), request, reply)
  })
}

function seed (reply: FastifyReply, found: ObjectAnswer): Promise<FastifyReply> {
  return replyObject(reply, { ...found, head: { ...found.head, headers: BYTES } })
}

/** Of a file of a prefix torrent: `/-/seed/<pin of its manifest>/<name>/<path>`. */
function fileAddress (target: string): { id: string, path: string } | undefined {
  const [, pinText = '', path = ''] = /^\/-\/seed\/([^/?]*)\/([^?]*)/.exec(target) ?? []
  const id = parsePrefixPin(decodeUri(pinText))
  return id === undefined ? undefined : { id, path: decodeUri(path) }
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
