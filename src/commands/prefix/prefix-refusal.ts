import { TooManyKeys } from '../../access/prefix-listing.js'
import { PrefixChanged } from '../../access/readable-prefix.js'
import { chainOf } from '../../net/connection-failure.js'
import { S3Error } from '../../s3/errors.js'
import { NoTorrent } from '../../s3/no-torrent.js'
import { printable } from '../../util/unprintable.js'
import { refusalOf } from '../refusal.js'
import type { RefusedPrefix } from './prefix-source.js'

/**
 * Why there is no torrent of a prefix or a folder, in a sentence without its end that names the object where it is of
 * one; undefined for what is nobody's refusal.
 */
export function prefixRefusalOf (error: unknown, source: RefusedPrefix): string | undefined {
  const { kind, label, labelOf, origin } = source
  const chain = chainOf(error)
  const changed = chain.find((cause) => cause instanceof PrefixChanged)
  if (changed !== undefined) return `${labelOf(changed.key)} changes all the time; try again when it does not`
  const key = origin.keyOf(error)
  if (error instanceof S3Error && (key === undefined || error.code === 'InvalidRequest')) {
    const sentence = ofAll(error, source)
    if (sentence !== undefined) return sentence
  }
  const file = kind === 'file' ? chain.findLast((cause) => pathOf(cause) !== undefined) : undefined
  if (file !== undefined) {
    const { code = '' } = file as NodeJS.ErrnoException
    const shown = key === undefined ? printable((pathOf(file) ?? '').replace(/(?<=.)\/$/, '')) : labelOf(key)
    return `${shown} ${['EACCES', 'EPERM'].includes(code) ? 'may not be read' : 'cannot be read'} (${code})`
  }
  return refusalOf(error, { ...source, label: key === undefined ? label : labelOf(key) })
}

function ofAll (error: S3Error, { isFolder, label }: RefusedPrefix): string | undefined {
  if (error instanceof TooManyKeys) {
    const limit = error.limit.toLocaleString('en')
    return isFolder
      ? `there are more than ${limit} files in ${label}; name a folder in it, or raise --max-prefix-objects`
      : `there are more than ${limit} objects under ${label}; name a longer prefix, or raise --max-prefix-objects`
  }
  const [noun, where] = isFolder ? ['file', `in ${label}`] : ['object', `under ${label}`]
  if (error.code === 'NoSuchKey') return `there is no ${noun} ${where}`
  if (error instanceof NoTorrent && error.reason === 'empty') {
    return `all ${noun}s ${where} are empty, and clients load no torrent of nothing`
  }
  return error.code === 'InvalidRequest' ? `${label}: ${printable(error.message.replace(/\.$/, ''))}` : undefined
}

function pathOf (error: Error): string | undefined {
  const { path } = error as NodeJS.ErrnoException
  return path
}
