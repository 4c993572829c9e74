import { encodeUri, encodeUriPath } from '../s3/uri.js'

/** What a page of a folder is behind: entries after this key or folder, but for the first `skip` of them. */
export interface PagePlace {
  readonly after: string
  readonly skip: number
}

export const FIRST_PAGE: PagePlace = { after: '', skip: 0 }

/** The URL of the page of what is under a prefix. @param publicUrl base of all URLs */
export function browseUrl (publicUrl: string, bucket: string, prefix: string, place = FIRST_PAGE): string {
  const query = [
    ...place.after === '' ? [] : [`after=${encodeUri(place.after)}`], ...place.skip === 0 ? [] : [`skip=${place.skip}`]
  ].join('&')
  return `${publicUrl}/-/browse/${encodeUri(bucket)}/${encodeUriPath(prefix)}${query === '' ? '' : `?${query}`}`
}
