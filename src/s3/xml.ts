import { XMLBuilder } from 'fast-xml-parser'
import type { S3Error } from './errors.js'

const builder = new XMLBuilder({
  ignoreAttributes: false, attributeNamePrefix: '@', processEntities: true, suppressEmptyNode: true
})
/** What every document begins with. */
export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

// XML 1.0 §2.2: what no document may hold, not even as a character reference (lone surrogates included).
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Surrogate}]/gu

const clean = (text: string): string => text.replace(FORBIDDEN, '\uFFFD').replaceAll('\r', '\uFFFD')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'
}

/** A text as it stands in an element, or between the quotes of an attribute. What XML cannot hold is U+FFFD. */
export function xmlText (text: string): string {
  return clean(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

export interface ErrorContext { readonly resource: string, readonly requestId: string, readonly hostId: string }

/** S3's `<Error>` document. */
export function errorXml (error: S3Error, { resource, requestId, hostId }: ErrorContext): string {
  const elements = {
    Code: error.code, Message: error.message, ...error.details, Resource: resource, RequestId: requestId, HostId: hostId
  }
  return DECLARATION + String(builder.build({
    Error: Object.fromEntries(Object.entries(elements).map(([name, text]) => [name, clean(text)]))
  }))
}

/** The answer of GetBucketLocation; us-east-1 is the empty constraint. */
export function locationXml (region: string): string {
  return DECLARATION + String(builder.build({
    LocationConstraint: {
      '@xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/',
      ...(region !== 'us-east-1' && { '#text': region })
    }
  }))
}
