import { readFileSync } from 'node:fs'

/** This program's version, as its package has it. */
export function version (): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
