import { singleLayout } from '../../src/torrent/layout.js'
import { metainfoTemplate } from '../../src/torrent/metainfo.js'
import type { MetainfoFields } from '../../src/torrent/metainfo.js'
import { filled } from '../../src/torrent/template.js'
import type { Gap } from '../../src/torrent/template.js'

export type SingleFields = Omit<MetainfoFields, 'layout' | 'isSingleFile' | 'metaVersion'> & { readonly length: number }

/** A metainfo file of version 1, of one file. @param digests of its pieces; without them, of as many x */
export function metainfoOf ({ length, ...fields }: SingleFields, digests?: Buffer): Buffer {
  const whole: MetainfoFields = {
    ...fields, metaVersion: 1, isSingleFile: true, layout: singleLayout(fields.name, length)
  }
  return filled(metainfoTemplate(whole), ({ bytes }: Gap) => digests ?? Buffer.alloc(bytes, 'x'))
}
