import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyPair } from './key-pair.js'

let home: string | undefined

/** An empty home directory of this process, removed when it exits. */
function emptyHome (): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'object-torrent-home-'))
    process.once('exit', () => { rmSync(made, { recursive: true, force: true }) })
    home = made
  }
  return home
}

/**
 * The environment for a child process: enough to find programs, and nothing of the caller's settings
 * (no AWS_*, OBJECT_TORRENT_*, proxy or NODE_OPTIONS; an empty home).
 */
export function cleanEnv (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, TMPDIR: tmpdir(), HOME: emptyHome(), LC_ALL: 'C.UTF-8', ...extra }
}

/** The environment for aws, boto3 and s3cmd. Without a key pair requests can only be unsigned. */
export function awsEnv (keyPair?: KeyPair): NodeJS.ProcessEnv {
  return cleanEnv({
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_RETRY_MODE: 'standard',
    AWS_PAGER: '',
    ...(keyPair && { AWS_ACCESS_KEY_ID: keyPair.accessKeyId, AWS_SECRET_ACCESS_KEY: keyPair.secretAccessKey })
  })
}
