import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/** The looks that all pages of this server share. */
export const LOOK = read('look.css')

/** What stands in the `<style>` of the pages that need no script. */
export const STYLE = `\n${LOOK}${read('browse.css')}`

const digest = createHash('sha256').update(STYLE).digest('base64')

/** That one style, and nothing else that a browser would fetch, run or send. */
export const POLICY = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'"
