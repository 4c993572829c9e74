import { accessSync, constants, statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { assertBucket } from './bucket.js'
import { ConfigError } from './config-error.js'
import type { Settings } from './settings.js'
import { urlOf } from './url.js'

export interface OriginConfig {
  readonly origin: { readonly endpoint: string, readonly addressing: 'path' | 'virtual' } | {
    readonly directory: string
  }
  readonly region: string
  /** Canonical user ids or account ids, by bucket. */
  readonly bucketOwners: ReadonlyMap<string, string>
}

/** @throws ConfigError */
export function originOf (settings: Settings): OriginConfig {
  const { values, named } = settings
  const origin = placeOf(settings)
  if ('directory' in origin) assertNoObject(origin.directory, settings)
  return {
    origin,
    region: values.region,
    bucketOwners: new Map(values['bucket-owner'].map((text) => ownerOf(text, named('bucket-owner'))))
  }
}

/** Whether the value of --origin is a URL, whatever its scheme, and no path. */
export function isUrl (origin: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(origin)
}

function placeOf ({ values: { origin, 'origin-addressing': addressing }, named }: Settings): OriginConfig['origin'] {
  const name = named('origin')
  if (isUrl(origin)) return { endpoint: urlOf(name, origin), addressing }
  const directory = resolve(origin)
  try {
    if (statSync(directory).isDirectory()) {
      accessSync(directory, constants.R_OK | constants.X_OK)
      return { directory }
    }
  } catch (cause) {
    throw new ConfigError(
      `The directory ${directory} cannot be read (${String((cause as NodeJS.ErrnoException).code)}); ${name} names ` +
      'a directory of buckets or an S3 endpoint.',
      { cause }
    )
  }
  throw new ConfigError(`${directory} is no directory; ${name} names a directory of buckets or an S3 endpoint.`)
}

// Every directory but a hidden one is a bucket to clients: the server's own files must not be objects of it.
function assertNoObject (directory: string, { values, named }: Settings): void {
  for (const name of ['data-dir', 'credentials-file', 'tls-key'] as const) {
    const path = values[name]
    if (path === undefined) continue
    const parts = relative(directory, resolve(path)).split(sep)
    const isBucket = name === 'data-dir' || parts.length > 1
    if (isBucket && parts[0] !== '' && !parts[0]?.startsWith('.')) {
      throw new ConfigError(
        `${named(name)} ${path} is in the directory of ${named('origin')}, where it would be a bucket's: name ` +
        'another place.'
      )
    }
  }
}

function ownerOf (text: string, named: string): [bucket: string, id: string] {
  const [, bucket = '', id = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (id === '') throw new ConfigError(`${named} "${text}" is not bucket=id.`)
  assertBucket(named, bucket)
  return [bucket, id]
}
