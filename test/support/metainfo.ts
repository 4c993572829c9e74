import { singleLayout } from '../../src/torrent/layout.js'
import { metainfoTemplate } from '../../src/torrent/metainfo.js'
import type { InfoFields } from '../../src/torrent/info.js'
import type { MetainfoFields } from '../../src/torrent/metainfo.js'
import { filled } from '../../src/torrent/template.js'
import type { Gap } from '../../src/torrent/template.js'

export type SingleFields = MetainfoFields & Omit<InfoFields, 'layout' | 'isSingleFile' | 'metaVersion'> & {
  readonly length: number
}

/** A metainfo file of version 1, of one file. @param digests of its pieces; without them, of as many x */
export function metainfoOf ({ length, ...fields }: SingleFields, digests?: Buffer): Buffer {
  const info = { ...fields, metaVersion: 1, isSingleFile: true, layout: singleLayout(fields.name, length) } as const
  return filled(metainfoTemplate(info, fields), ({ bytes }: Gap) => digests ?? Buffer.alloc(bytes, 'x'))
}
