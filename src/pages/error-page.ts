import type { S3Error } from '../s3/errors.js'
import { PAGE_END, pageBegin, shown } from './html.js'

// What people at a browser can do about it; S3's own words are for programs.
const ADVICE: Readonly<Record<number, string>> = {
  403: 'Not everybody may see what is here.',
  404: 'There is nothing of this name.',
  503: 'The store does not answer just now. Try again in a while.'
}

/** An error for people, with S3's code and the id by which the log knows the request. */
export function errorPage ({ status, code, message }: S3Error, requestId: string): string {
  const title = `${status} ${code}`
  return pageBegin({ title, header: '' }) +
    `<section>\n<h1>${shown(title)}</h1>\n<p>${shown(ADVICE[status] ?? message)}</p>\n` +
    `<p class="note">Request id: ${shown(requestId)}</p>\n</section>\n${PAGE_END}`
}
