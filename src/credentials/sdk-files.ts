import { externalDataInterceptor } from '@smithy/shared-ini-file-loader'
import type { AwsFiles, AwsSection } from './aws-files.js'

/** Names that the SDK's own reader takes in a `[profile NAME]`; others are given to it escaped. */
const PLAIN = /^[\w\-@+.:/]+$/
const REFERENCES = new Set(['source_profile', 'sso_session', 'services'])

/**
 * Gives the SDK both files as they were read here: its own reader knows fewer names and other comments than aws-cli's.
 * @returns how it is asked for the profile
 */
export function giveToSdk ({ profiles, services, ssoSessions, paths }: AwsFiles, profile: string | undefined): { profile?: string, filepath: string, configFilepath: string } {
  const kinds = { profile: profiles, services, 'sso-session': ssoSessions }
  const text = Object.entries(kinds).flatMap(([kind, sections]) => [...sections].map(([name, section]) => `[${kind} ${sdkName(name)}]\n${linesOf(section)}`)).join('')
  externalDataInterceptor.interceptFile(paths.credentials, '')
  externalDataInterceptor.interceptFile(paths.config, text)
  return { filepath: paths.credentials, configFilepath: paths.config, ...(profile !== undefined && { profile: sdkName(profile) }) }
}

function sdkName (name: string): string {
  if (PLAIN.test(name) && name !== '__proto__') return name
  return [...Buffer.from(name)].map((byte) => `%${byte.toString(16)}`).join('')
}

function linesOf (section: AwsSection): string {
  return [...section].map(([option, value]) => {
    if (value === '') return ''
    if (typeof value === 'string') return `${option} = ${REFERENCES.has(option) ? sdkName(value) : value.replaceAll('\n', ' ')}\n`
    const inner = [...value].filter(([, value]) => value !== '').map(([name, value]) => `  ${name} = ${value}\n`)
    return inner.length === 0 ? '' : `${option} =\n${inner.join('')}`
  }).join('')
}
