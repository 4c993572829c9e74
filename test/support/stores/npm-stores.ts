import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { node24 } from '../node-24.js'
import { cachedFile, installCached } from '../npm-cache.js'
import { skipOrFail } from '../programs.js'
import { tempDir } from '../torrent-check.js'
import { answering, startProcess } from './store-process.js'
import type { StoreUnderTest } from './store.js'

const S3RVER = { name: 's3rver', spec: 's3rver@3.7.1', file: 's3rver/bin/s3rver.js' }
const FAUXQS = { name: 'fauxqs', spec: 'fauxqs@2.4.1', file: 'fauxqs/package.json' }

/** Installs both where they are not. */
export async function installNpmStores (): Promise<void> {
  await Promise.all([S3RVER, FAUXQS].map(installCached))
}

/** s3rver 3.7.1: files in a folder. */
export const s3rver: StoreUnderTest = {
  name: 's3rver 3.7.1',
  refusedKeys: ['x//y', '/x/y', '//x/y', 'x/y//'], // they are paths of files there
  open: true, // it has no ACLs
  unsigned: false,
  versions: false,
  writesInPlace: true,
  async start (t) {
    const program = cachedFile(S3RVER)
    if (program === undefined) {
      skipOrFail(t, 's3rver is not installed: OBJECT_TORRENT_TEST_INSTALL=yes has it from npm')
      return undefined
    }
    const port = await freePort()
    const child = startProcess(t, process.execPath, [
      program, '--directory', tempDir(t), '--address', '127.0.0.1', '--port', String(port), '--no-vhost-buckets',
      '--silent'
    ])
    const endpoint = `http://127.0.0.1:${port}`
    await answering(endpoint, [child])
    return { endpoint, keyPair: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } }
  }
}

/** The S3 of fauxqs 2.4.1, with its objects in files. It needs Node 24. */
export const fauxqs: StoreUnderTest = {
  name: 'fauxqs 2.4.1',
  refusedKeys: [],
  open: true,
  unsigned: true,
  versions: false,
  writesInPlace: false,
  async start (t) {
    const [installed, node] = [cachedFile(FAUXQS), node24()]
    if (installed === undefined || node === undefined) {
      skipOrFail(t, 'fauxqs is not installed: OBJECT_TORRENT_TEST_INSTALL=yes has it, and Node 24, from npm')
      return undefined
    }
    const port = await freePort()
    const env = {
      FAUXQS_HOST: '127.0.0.1', FAUXQS_PORT: String(port), FAUXQS_LOGGER: 'false', FAUXQS_S3_STORAGE_DIR: tempDir(t)
    }
    const child = startProcess(t, node, [join(installed, '../../.bin/fauxqs')], env)
    const endpoint = `http://127.0.0.1:${port}`
    await answering(`${endpoint}/health`, [child])
    return { endpoint, keyPair: { accessKeyId: 'testing', secretAccessKey: 'testing' } }
  }
}
