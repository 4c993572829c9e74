import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Environment } from '../config/settings.js'
import { DirectoryOrigin } from '../objects/directory/directory-origin.js'
import { HttpOrigin } from '../objects/http/http-origin.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Objects } from '../objects/objects.js'
import { printable } from '../util/unprintable.js'
import type { CommandContext } from './context.js'
import { CommandError, UsageError } from './errors.js'
import { outboundTo } from './outbound.js'
import type { RefusedSource } from './refusal.js'
import type { S3Flags } from './s3-flags.js'
import type { SourceUri } from './source-uri.js'

/** One object, or a file, as the engine takes it. Whoever opens it closes it. */
export interface Source extends RefusedSource {
  readonly origin: Objects
  readonly object: ObjectAddress
  /** Its key, or the last part of its path: fileNameOf makes a torrent's name of it. */
  readonly name: string
  /** PEM of whose certificates are trusted beside those that node trusts. */
  readonly authorities: string | undefined
  close (): Promise<void>
}

/** @throws CommandError, UsageError */
export async function openSource (
  uri: SourceUri, versionId: string | undefined, flags: S3Flags, { env }: Pick<CommandContext, 'env'>
): Promise<Source> {
  if (uri.kind !== 's3' && versionId !== undefined) throw new UsageError('--version-id is for s3://bucket/key.')
  if (uri.kind === 'file') return openFile(uri.path)
  if (uri.kind === 'url') return openUrl(uri.url, env)
  const { bucket, key } = uri
  if (key === '') throw new UsageError(`s3://${printable(bucket)} names no object: the key is missing.`)
  const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
  const { openS3 } = await import('./open-s3.js') // the SDK is most of the start-up time
  const { origin, requester, outbound, ...opened } = await openS3(flags, env)
  return {
    origin,
    requester,
    authorities: outbound.authorities,
    kind: 's3',
    object,
    name: key,
    label: printable(`s3://${bucket}/${key}`),
    close: () => opened.close()
  }
}

async function openUrl (url: URL, env: Environment): Promise<Source> {
  const outbound = await outboundTo(url, env)
  const origin = new HttpOrigin(url, outbound)
  return {
    kind: 'url',
    origin,
    authorities: outbound.authorities,
    object: { bucket: '', key: url.href },
    requester: { keyPair: undefined, requestPayer: false },
    name: url.pathname.split('/').at(-1) ?? '',
    label: printable(`${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`), // a query may be a signature
    close: () => origin.close()
  }
}

async function openFile (path: string): Promise<Source> {
  const label = printable(path)
  let real: string
  try {
    real = await realpath(path)
    const stats = await stat(real)
    if (stats.isDirectory()) throw new CommandError(`${label} is a directory; name one file in it.`)
    if (!stats.isFile()) throw new CommandError(`${label} is no file.`)
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(code === 'ENOENT' || code === 'ENOTDIR'
      ? `There is no file ${label}; an object is named s3://bucket/key.`
      : `${label} cannot be read (${code}).`, { cause })
  }
  return {
    kind: 'file',
    origin: new DirectoryOrigin(dirname(real)),
    object: { bucket: '.', key: basename(real) },
    requester: { keyPair: undefined, requestPayer: false },
    name: basename(path),
    label,
    authorities: undefined,
    close: async () => {}
  }
}
