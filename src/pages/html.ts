import { xmlText } from '../s3/xml.js'
import { printable } from '../util/unprintable.js'
import { STYLE } from './styles.js'

/** A text of strangers between tags or quotes of HTML, with what nobody sees shown. */
export function shown (text: string): string {
  return xmlText(printable(text))
}

/** A URL between quotes of HTML. */
export function href (url: string): string {
  return `href="${xmlText(url)}"`
}

/** A name of an object, which its own letters alone may turn around. */
export function nameHtml (name: string): string {
  return `<bdi class="object">${shown(name)}</bdi>`
}

const ICON = '<svg class="icon" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" ' +
  'height="32" rx="7" fill="#2563eb"/><g fill="#fff"><rect x="6" y="6" width="9" height="9" rx="2"/><rect x="17" ' +
  'y="6" width="9" height="9" rx="2" opacity=".7"/><rect x="6" y="17" width="9" height="9" rx="2" opacity=".7"/>' +
  '<rect x="17" y="17" width="9" height="9" rx="2" opacity=".35"/></g></svg>'

export interface PageHead {
  /** A text, not yet HTML. */
  readonly title: string
  /** More of the `<head>`, HTML. */
  readonly links?: string
  /** What stands beside the icon, HTML. */
  readonly header: string
}

/** The beginning of a page, up to what is its own. */
export function pageBegin ({ title, links = '', header }: PageHead): string {
  return '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<title>${shown(title)}</title>\n${links}<style>${STYLE}</style>\n</head>\n<body>\n` +
    `<header>${ICON}${header}</header>\n<main>\n`
}

export const PAGE_END = '</main>\n</body>\n</html>\n'
