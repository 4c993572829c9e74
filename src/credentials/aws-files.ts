import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { IniError, readIni } from './ini-file.js'
import { shellWords } from './shell-words.js'

/** Settings by name in lower case; those that hold settings of their own (`s3 =`) by the names that were written. */
export type AwsSection = ReadonlyMap<string, string | ReadonlyMap<string, string>>

/** What AWS's two files say. */
export interface AwsFiles {
  /** Of both files; the credentials file goes before. */
  readonly profiles: ReadonlyMap<string, AwsSection>
  readonly services: ReadonlyMap<string, AwsSection>
  readonly ssoSessions: ReadonlyMap<string, AwsSection>
  /** Where they were looked for. */
  readonly paths: { readonly config: string, readonly credentials: string }
}

/** A file that aws-cli would not read either; `message` is one sentence. */
export class AwsFileError extends Error {
  override name = 'AwsFileError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Of one file: hundreds of thousands of key pairs. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * AWS's config and credentials files as aws-cli finds and reads them (botocore.configloader,
 * botocore.session.full_config): profiles of the config file are [default] and [profile NAME], quoted as in a shell, of
 * the credentials file all sections. A file that is missing is an empty one.
 * @throws AwsFileError
 */
export async function readAwsFiles (env: Environment): Promise<AwsFiles> {
  const paths = {
    config: pathOf(env['AWS_CONFIG_FILE'] || '~/.aws/config', env),
    credentials: pathOf(env['AWS_SHARED_CREDENTIALS_FILE'] || '~/.aws/credentials', env)
  }
  const [config, credentials] = [await sectionsOf(paths.config), await sectionsOf(paths.credentials)]
  const profiles = new Map<string, AwsSection>()
  const services = new Map<string, AwsSection>()
  const ssoSessions = new Map<string, AwsSection>()
  for (const [name, section] of config) {
    const kind = name.startsWith('profile')
      ? profiles
      : name.startsWith('sso-session') ? ssoSessions : name.startsWith('services') ? services : undefined
    const words = shellWords(name) ?? []
    if (kind !== undefined && words.length === 2) kind.set(words[1] ?? '', section)
    else if (name === 'default') profiles.set(name, section)
  }
  for (const [name, section] of credentials) profiles.set(name, new Map([...profiles.get(name) ?? [], ...section]))
  return { profiles, services, ssoSessions, paths }
}

/** The sections of one file; of a file that is missing or may not be read, none. @throws AwsFileError */
export async function sectionsOf (path: string): Promise<Map<string, AwsSection>> {
  const text = await textOf(path)
  try {
    const sections = [...readIni(text)].map(
      ([name, options]) => [name, new Map([...options].map(([option, value]) => [option, nested(value)]))] as const
    )
    return new Map(sections)
  } catch (cause) {
    if (!(cause instanceof IniError)) throw cause
    throw new AwsFileError(`${path} cannot be read: ${cause.message}.`, { cause })
  }
}

async function textOf (path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isFile() !== true) return ''
  if (stats.size > MAX_BYTES) throw new AwsFileError(`${path} cannot be read: it has more than ${MAX_BYTES} bytes.`)
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new AwsFileError(`${path} cannot be read: it is not UTF-8.`, { cause })
  }
}

// A value that begins on the line below.
function nested (value: string): string | Map<string, string> {
  if (!value.startsWith('\n')) return value
  const lines = value.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  return new Map(lines.map((line) => {
    const equals = line.indexOf('=')
    if (equals < 0) throw new IniError('an indented line without a "="')
    return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()]
  }))
}

/** Python's expandvars and expanduser. */
export function pathOf (text: string, env: Environment): string {
  const expanded = text.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? whole
  )
  return /^~(?=\/|$)/.test(expanded) ? join(env['HOME'] || homedir(), expanded.slice(1)) : expanded
}
