import { invalidArgument } from '../s3/invalid-argument.js'
import type { Query } from '../s3/query.js'
import { metaVersionOf } from '../torrent/meta-version.js'
import type { MetaVersion } from '../torrent/meta-version.js'

/** What `&format=` asks for; `usual` where it is not there. @throws S3Error InvalidArgument */
export function formatIn (query: Query, usual: MetaVersion): MetaVersion {
  const formats = query.valuesOf('format')
  if (formats.length === 0) return usual
  const [format = ''] = formats
  const metaVersion = metaVersionOf(format)
  if (formats.length > 1 || metaVersion === undefined) {
    throw invalidArgument('format', { value: format, message: 'The format of a torrent is v1, hybrid or v2' })
  }
  return metaVersion
}
