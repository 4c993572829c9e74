import { externalDataInterceptor } from '@smithy/shared-ini-file-loader'
import { AwsFileError } from './aws-files.js'
import type { AwsFiles, AwsSection, Environment } from './aws-files.js'

/** Names that the SDK's own reader takes in a `[profile NAME]`; others are given to it escaped. */
const PLAIN = /^[\w\-@+.:/]+$/
/** What the SDK's own reader takes for the beginning of a comment, within a value too. */
const COMMENT = /(^|\s)[;#]/
const REFERENCES = new Set(['source_profile', 'sso_session', 'services'])

/**
 * Gives the SDK both files as they were read here: its own reader knows fewer names and other comments than aws-cli's.
 * @returns how it is asked for the profile
 * @throws AwsFileError where it would read less of a value of the profile than aws-cli
 */
export function giveToSdk (
  { profiles, services, ssoSessions, paths }: AwsFiles, profile: string | undefined, env: Environment
): {
    profile?: string
    filepath: string
    configFilepath: string
  } {
  assertWhole(profile ?? 'default', profiles.get(profile ?? 'default'))
  const kinds = { profile: profiles, services, 'sso-session': ssoSessions }
  const text = Object.entries(kinds).flatMap(
    ([kind, sections]) => [...sections].map(([name, section]) => `[${kind} ${sdkName(name)}]\n${linesOf(section)}`)
  ).join('')
  externalDataInterceptor.interceptFile(paths.credentials, '')
  // Its single sign-on asks for the file as the variable has it, `~` and all.
  for (const path of [paths.config, env['AWS_CONFIG_FILE'] || paths.config]) {
    externalDataInterceptor.interceptFile(path, text)
  }
  return {
    filepath: paths.credentials,
    configFilepath: paths.config,
    ...(profile !== undefined && { profile: sdkName(profile) })
  }
}

// A command that is cut short is another command.
function assertWhole (profile: string, section: AwsSection | undefined): void {
  const [option] = [...section ?? []].find(([, value]) => typeof value === 'string' && COMMENT.test(value)) ?? []
  if (option !== undefined) {
    throw new AwsFileError(
      `The option ${option} of the AWS profile ${profile} has " #" or " ;" in its value, where AWS's SDK would end ` +
      'it; put it into a script, or write it without.'
    )
  }
}

function sdkName (name: string): string {
  if (PLAIN.test(name) && name !== '__proto__') return name
  return [...Buffer.from(name)].map((byte) => `%${byte.toString(16)}`).join('')
}

function linesOf (section: AwsSection): string {
  return [...section].map(([option, value]) => {
    if (value === '') return ''
    if (typeof value === 'string') {
      return `${option} = ${REFERENCES.has(option) ? sdkName(value) : value.replaceAll('\n', ' ')}\n`
    }
    const inner = [...value].filter(([, value]) => value !== '').map(([name, value]) => `  ${name} = ${value}\n`)
    return inner.length === 0 ? '' : `${option} =\n${inner.join('')}`
  }).join('')
}
