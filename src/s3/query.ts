import { decodeUri } from './uri.js'

/** A parameter as sent: `value` is undefined for a bare `?name`. */
export interface QueryParameter { readonly name: string, readonly value: string | undefined }

/** The decoded query of a request target, in the order sent; `+` is a space. @throws S3Error InvalidURI */
export function parseQuery (raw: string): QueryParameter[] {
  return raw.split('&').filter((part) => part !== '').map((part) => {
    const [, name = '', , value] = /^([^=]*)(=(.*))?$/s.exec(part) ?? []
    return {
      name: decodeUri(name.replaceAll('+', ' ')),
      value: value === undefined ? undefined : decodeUri(value.replaceAll('+', ' '))
    }
  })
}

/** All values of `name`; a bare `?name` counts as ''. */
export function valuesOf (query: readonly QueryParameter[], name: string): string[] {
  return query.filter((parameter) => parameter.name === name).map(({ value }) => value ?? '')
}
