import { httpDate } from '../util/http-date.js'
import { OriginUnavailable } from './origin.js'

const MAX_SHOWN = 64

/** When an object changed, as a store's headers (lower-case names) say. @throws OriginUnavailable where they say none, or what is no HTTP-date */
export function lastModifiedOf ({ 'last-modified': text }: Readonly<Record<string, string>>): Date {
  if (text === undefined) throw new OriginUnavailable('the origin answered without Last-Modified')
  const date = httpDate(text)
  if (date === undefined) throw new OriginUnavailable(`the origin answered Last-Modified "${text.slice(0, MAX_SHOWN)}", which is no HTTP-date`)
  return date
}
