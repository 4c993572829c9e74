import { S3Error } from './errors.js'
import { decodeUri } from './uri.js'

/** Several times what any client sends. Each costs, before anything is known of who asks. */
const MAX_PARAMETERS = 1_000

/** A parameter as sent: `value` is undefined for a bare `?name`. */
export interface QueryParameter { readonly name: string, readonly value: string | undefined }

/** The decoded query of a request target. A name is found at once, however often it and others are repeated. */
export class Query {
  /** In the order sent, duplicates kept. */
  readonly parameters: readonly QueryParameter[]
  readonly #values = new Map<string, string[]>()
  /** The first of each name, in lower case. */
  readonly #anyCase = new Map<string, QueryParameter>()

  constructor (parameters: readonly QueryParameter[]) {
    this.parameters = parameters
    for (const parameter of parameters) {
      const { name, value = '' } = parameter
      const values = this.#values.get(name)
      if (values !== undefined) {
        values.push(value)
        continue
      }
      this.#values.set(name, [value])
      const lower = name.toLowerCase()
      if (!this.#anyCase.has(lower)) this.#anyCase.set(lower, parameter)
    }
  }

  /** Each name once, in the order in which they came first. */
  get names (): IterableIterator<string> {
    return this.#values.keys()
  }

  /** Each name once, in lower case. */
  get lowerCaseNames (): IterableIterator<string> {
    return this.#anyCase.keys()
  }

  /** All values of `name`, in the order sent; a bare `?name` counts as ''. */
  valuesOf (name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  hasAnyCase (lowerCaseName: string): boolean {
    return this.#anyCase.has(lowerCaseName)
  }

  /** The value of the first parameter of this name in upper or lower case; undefined for a bare one too. */
  valueOfAnyCase (lowerCaseName: string): string | undefined {
    return this.#anyCase.get(lowerCaseName)?.value
  }
}

/**
 * The query behind the `?` of a request target; `+` is a space.
 * @throws S3Error InvalidURI, also of more than 1,000 parameters
 */
export function parseQuery (raw: string): Query {
  const parts = raw.split('&', MAX_PARAMETERS + 1)
  if (parts.length > MAX_PARAMETERS) {
    throw new S3Error('InvalidURI', { message: `More than ${MAX_PARAMETERS} query parameters.` })
  }
  const read = isPlain(raw) ? asItIs : decoded
  return new Query(parts.filter((part) => part !== '').map((part) => {
    const equals = part.indexOf('=')
    return equals < 0
      ? { name: read(part), value: undefined }
      : {
          name: read(part.slice(0, equals)), value: read(part.slice(equals + 1))
        }
  }))
}

// Once for all, where there is nothing to decode: thousands of parameters fit into a query.
const isPlain = (raw: string): boolean => /^[\u0001-\u0024\u0026-\u002A\u002C-\u007F]*$/.test(raw)
const asItIs = (text: string): string => text
const decoded = (text: string): string => decodeUri(text.replaceAll('+', ' '))
