import { encodeUri } from '../s3/uri.js'

export interface MagnetFields {
  readonly name: string
  /** Bytes. */
  readonly length: number
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  /** Where the metainfo file is. */
  readonly exactSource: string | undefined
}

/** A magnet link around its info hash, in hexadecimal digits. */
export interface Magnet {
  readonly head: string
  readonly tail: string
}

/**
 * `magnet:?xt=…` (BEP 9), every value percent-encoded. All of it but the info hash is known before a piece is hashed.
 */
export function magnet ({ name, length, trackers, webSeeds, exactSource }: MagnetFields): Magnet {
  const values: Array<[name: string, value: string]> = [
    ['dn', name],
    ['xl', String(length)],
    ...trackers.map((url): [string, string] => ['tr', url]),
    ...webSeeds.map((url): [string, string] => ['ws', url]),
    ...exactSource === undefined ? [] : [['xs', exactSource] satisfies [string, string]]
  ]
  return { head: 'magnet:?xt=urn:btih:', tail: values.map(([name, value]) => `&${name}=${encodeUri(value)}`).join('') }
}
