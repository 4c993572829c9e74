import { execFile } from 'node:child_process'
import { awsEnv } from './clean-env.js'
import type { KeyPair } from './key-pair.js'
import { programPath } from './programs.js'
import { inRepo } from './repo-root.js'

export interface Boto3Settings {
  endpoint: string
  keyPair: KeyPair
  /** boto3's own default where there is none. */
  signatureVersion?: 's3v4' | 's3'
  addressing?: 'path' | 'virtual'
  /** Resolve every name to 127.0.0.1, for virtual hosts. */
  everyHostIsLoopback?: boolean
}

export interface GetObjectTorrentParameters {
  Bucket: string
  Key: string
  RequestPayer?: string
  ExpectedBucketOwner?: string
}

export interface Boto3Answer {
  status: number
  torrent?: Buffer
  requestCharged?: string | null
  code?: string
  message?: string
}

/** Calls get_object_torrent with boto3, one after the other, without retries. The test needs 'python-boto3'. */
export async function boto3Torrents (
  settings: Boto3Settings, ...calls: GetObjectTorrentParameters[]
): Promise<Boto3Answer[]> {
  const answers = await python({ ...settings, calls }) as Array<Boto3Answer & { torrent?: string }>
  return answers.map(({ torrent, ...answer }) => ({
    ...answer, ...(torrent !== undefined && { torrent: Buffer.from(torrent, 'base64') })
  }))
}

/** boto3's generate_presigned_url('get_object_torrent'). */
export async function boto3Presigned (
  settings: Boto3Settings, expiresSeconds: number, ...calls: GetObjectTorrentParameters[]
): Promise<string[]> {
  const answers = await python({ ...settings, presignedFor: expiresSeconds, calls }) as Array<{ url: string }>
  return answers.map(({ url }) => url)
}

function python (ask: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = execFile(programPath('python-boto3'), ['-W', 'ignore', inRepo('test/support/boto3-client.py')], {
      env: awsEnv(), timeout: 60_000, maxBuffer: 64 << 20
    }, (error, stdout) => {
      if (error) reject(error)
      else resolve(JSON.parse(stdout))
    })
    child.stdin?.end(JSON.stringify(ask))
  })
}
