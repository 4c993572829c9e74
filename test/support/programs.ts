import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { awsEnv } from './clean-env.js'

/** Which Debian package brings each program. */
const packages = {
  aria2c: 'aria2',
  aws: 'awscli',
  ceph: 'ceph-common',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  chromium: 'chromium',
  curl: 'curl',
  mktorrent: 'mktorrent',
  nginx: 'nginx-light',
  openssl: 'openssl',
  promtool: 'prometheus',
  'python-boto3': 'python3-boto3',
  'python-libtorrent': 'python3-libtorrent',
  'python-swift': 'python3-swift',
  'qbittorrent-nox': 'qbittorrent-nox',
  radosgw: 'radosgw',
  'radosgw-admin': 'radosgw',
  rtorrent: 'rtorrent',
  s3cmd: 's3cmd',
  script: 'bsdutils',
  'swift-account-server': 'swift-account',
  'swift-container-server': 'swift-container',
  'swift-object-server': 'swift-object',
  'swift-proxy-server': 'swift-proxy',
  'systemd-analyze': 'systemd',
  'transmission-cli': 'transmission-cli',
  'transmission-create': 'transmission-cli',
  'transmission-show': 'transmission-cli'
} as const

export type ProgramName = keyof typeof packages

const names = Object.keys(packages) as ProgramName[]
const found = new Map<ProgramName, string | undefined>()

/** The path of a program, or of the python that can import the module. Throws when there is none. */
export function programPath (name: ProgramName): string {
  const path = find(name)
  if (path === undefined) throw new Error(reason(name))
  return path
}

export function hasProgram (name: ProgramName): boolean {
  return find(name) !== undefined
}

/** The Debian packages of the programs that are not here. Looks again at every call. */
export function missingPackages (): string[] {
  return [...new Set(names.filter((name) => search(name) === undefined).map((name) => packages[name]))]
}

/**
 * True when all these programs are here. Otherwise the test is visibly skipped, or has failed where CI=true: there
 * nothing may be skipped. The caller returns on false.
 */
export function need (t: Test, ...names: ProgramName[]): boolean {
  const absent = names.filter((name) => !hasProgram(name))
  if (absent.length > 0) skipOrFail(t, absent.map(reason).join('; '))
  return absent.length === 0
}

/** A visible skip, or a failure where CI=true. */
export function skipOrFail (t: Test, why: string): void {
  if (process.env.CI === 'true') t.fail(why)
  else t.pass('not run', { skip: why })
}

function reason (name: ProgramName): string {
  return `${name} is not installed: apt-get install ${packages[name]}`
}

function find (name: ProgramName): string | undefined {
  if (!found.has(name)) found.set(name, search(name))
  return found.get(name)
}

function search (name: ProgramName): string | undefined {
  switch (name) {
    case 'python-boto3': return pythonWith('boto3')
    case 'python-libtorrent': return pythonWith('libtorrent')
    case 'python-swift': return pythonWith('swift')
    // A version manager's shim is executable and still may not run.
    case 'aws': return onPath(name).find((path) => output(path, ['--version']) !== undefined)
    default: return onPath(name)[0]
  }
}

/** The first python3 that can import the module: a newer python in PATH often lacks what Debian packages. */
function pythonWith (module: string): string | undefined {
  for (const python of [...onPath('python3'), '/usr/bin/python3']) {
    const path = output(python, ['-c', `import sys, ${module}; print(sys.executable)`])
    if (path !== undefined) return path
  }
}

function onPath (name: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).filter(isExecutable)
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function output (path: string, args: string[]): string | undefined {
  try {
    return execFileSync(path, args, {
      env: awsEnv(), timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8'
    }).trim()
  } catch {
    return undefined
  }
}
