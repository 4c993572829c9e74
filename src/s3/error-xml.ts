import { XMLParser } from 'fast-xml-parser'

/** S3's own are of a few lines. */
const MAX_CHARACTERS = 64 * 1024

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, stopNodes: ['Error.Details'] })

/** Code and message of S3's `<Error>` document; undefined for what is none. */
export function readErrorXml (text: string): { code: string, message: string } | undefined {
  if (text.length > MAX_CHARACTERS) return undefined
  try {
    const { Error: error } = parser.parse(text) as { Error?: { Code?: unknown, Message?: unknown } }
    if (typeof error?.Code !== 'string' || error.Code === '') return undefined
    return {
      code: error.Code,
      message: typeof error.Message === 'string' && error.Message !== '' ? error.Message : 'no message'
    }
  } catch {
    return undefined
  }
}
