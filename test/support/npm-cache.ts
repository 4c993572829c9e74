import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inRepo } from './repo-root.js'

const LIMIT_MS = 300_000
const run = promisify(execFile)

/**
 * A package that is installed beside the dependencies, and is not one of them: too heavy for everybody, or refused by
 * npm elsewhere.
 */
export interface CachedPackage {
  /** Of the folder. */
  readonly name: string
  /** As npm takes it. */
  readonly spec: string
  /** A file of it, in its folder. */
  readonly file: string
}

/** The file; undefined where the package is not installed. */
export function cachedFile ({ name, file }: CachedPackage): string | undefined {
  const path = join(folderOf(name), 'node_modules', file)
  return existsSync(path) ? path : undefined
}

/** Installs it where it is not. */
export async function installCached (cached: CachedPackage): Promise<void> {
  if (cachedFile(cached) !== undefined) return
  const cwd = folderOf(cached.name)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'package.json'), '{"private":true}\n')
  await run('npm', ['install', '--no-audit', '--no-fund', cached.spec], { cwd, timeout: LIMIT_MS })
}

function folderOf (name: string): string {
  return inRepo(`node_modules/.cache/${name}`)
}
