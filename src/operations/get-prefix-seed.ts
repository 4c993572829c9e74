import type { KnownManifests } from '../store/known-manifests.js'
import { partOf } from '../delivery/object-answer.js'
import type { ObjectAnswer } from '../delivery/object-answer.js'
import { pourZeros } from '../delivery/pour-zeros.js'
import { S3Error } from '../s3/errors.js'
import type { ObjectAddress } from '../s3/object-address.js'
import { getWebSeed } from './get-web-seed.js'
import type { GetWebSeedParts, GetWebSeedRequest } from './get-web-seed.js'

export interface GetPrefixSeedParts extends GetWebSeedParts {
  readonly manifests: KnownManifests
}

export interface GetPrefixSeedRequest extends Omit<GetWebSeedRequest, 'object' | 'pin'> {
  /** Of the manifest's identity. */
  readonly id: string
  /** What clients append to the URL of the web seed, decoded: the torrent's name, and the path of a file. */
  readonly path: string
  /** Told which object it is. */
  readonly onObject: (object: ObjectAddress) => void
}

/**
 * The bytes of a file of a public prefix torrent as a web seed (BEP 19), as getWebSeed gives those of its object: of
 * the version that is in the torrent. A pad is zeros (BEP 47).
 * @throws S3Error NoSuchKey where there is none, or once its object has changed, is gone or is not public (anymore)
 */
export async function getPrefixSeed (
  parts: GetPrefixSeedParts, { id, path, onObject, ...request }: GetPrefixSeedRequest, signal: AbortSignal
): Promise<ObjectAnswer> {
  const manifest = await parts.manifests.get(id)
  const { paths, files = [], bucket = '', pieceLength = 0 } = manifest ?? {}
  const file = files[paths?.fileAt(path) ?? -1]
  if (file !== undefined) {
    const object = { bucket, key: file.key }
    onObject(object)
    return getWebSeed(parts, { ...request, object, pin: { etag: file.etag } }, signal).catch((error: unknown) => {
      throw error instanceof S3Error && error.code === 'NoSuchKey' ? noSuchFile(path, error) : error
    })
  }
  const pad = paths?.padAt(path)
  if (pad === undefined || pad >= pieceLength) throw noSuchFile(path)
  return answerPad(parts, pad, request, signal)
}

// The key has more in it than the torrent tells.
function noSuchFile (path: string, cause?: unknown): S3Error {
  return new S3Error('NoSuchKey', { details: { Key: path }, cause })
}

function answerPad (
  { delivery }: GetPrefixSeedParts,
  size: number,
  { range, headOnly, address }: Pick<GetWebSeedRequest, 'range' | 'headOnly' | 'address'>,
  signal: AbortSignal
): ObjectAnswer {
  const part = partOf(range, size)
  const all = { first: 0, last: size - 1 }
  return {
    status: part ? 206 : 200,
    head: { size, etag: `"pad-${size}"`, lastModified: undefined, requestCharged: false, headers: {} },
    part,
    body: headOnly
      ? undefined
      : {
          pour: (sink) => pourZeros(part ?? all, address, delivery.bandwidth, sink, signal),
          close: () => {}
        }
  }
}
