import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { cleanEnv } from '../clean-env.js'
import { freePort } from '../free-port.js'
import { need, programPath, skipOrFail } from '../programs.js'
import { inRepo } from '../repo-root.js'
import { tempDir } from '../torrent-check.js'
import { answering, startProcess } from './store-process.js'
import type { RunningStore, StoreUnderTest } from './store.js'

const run = promisify(execFile)
const SYSTEM_CONF = '/etc/swift/swift.conf'
const SWIFT_CONF = `[swift-hash]
swift_hash_path_prefix = tests
swift_hash_path_suffix = tests
[storage-policy:0]
name = default
default = yes
[swift-constraints]
`
const BACK_ENDS = {
  account: '', container: 'allow_versions = true\n', object: 'keep_cache_size = 5368709122\nkeep_cache_private = true\n'
} as const
const PIPELINE = [
  'catch_errors', 'gatekeeper', 'healthcheck', 'cache', 'etag-quoter', 'listing_formats', 's3api', 'tempauth', 'copy',
  'slo', 'dlo', 'versioned_writes', 'symlink'
] as const
const FILTERS: Partial<Record<typeof PIPELINE[number], string>> = {
  s3api: 's3_acl = true\nlocation = us-east-1\nauth_pipeline_check = false\nallow_no_owner = false\n' +
    'dns_compliant_bucket_names = true\nallow_multipart_uploads = true\nmin_segment_size = 5242880\n',
  cache: 'memcache_servers = 127.0.0.1:1\n', // tempauth wants to be told of one: of S3's requests it keeps nothing
  tempauth: 'user_test_tester = testing .admin\n',
  versioned_writes: 'allow_object_versioning = true\n'
}

/**
 * OpenStack Swift of Debian with s3api and tempauth: one node, one replica, one process for each of its four servers.
 */
export const swift: StoreUnderTest = {
  name: 'OpenStack Swift 2.30',
  refusedKeys: [],
  open: false,
  unsigned: false,
  versions: true,
  writesInPlace: false,
  async start (t) {
    if (!need(t, 'swift-proxy-server', 'swift-account-server', 'swift-container-server', 'swift-object-server')) {
      return undefined
    }
    if (!existsSync(SYSTEM_CONF)) {
      skipOrFail(t, `Swift has no ${SYSTEM_CONF}, which its programs insist on`)
      return undefined
    }
    return startSwift(t)
  }
}

async function startSwift (t: Test): Promise<RunningStore> {
  const folder = tempDir(t)
  mkdirSync(join(folder, 'devices/d1'), { recursive: true })
  writeFileSync(join(folder, 'swift.conf'), SWIFT_CONF)
  const ports = {
    proxy: await freePort(), account: await freePort(), container: await freePort(), object: await freePort()
  }
  await run(
    programPath('python-swift'),
    [inRepo('test/support/stores/swift-rings.py'), folder, ...[ports.account, ports.container, ports.object].map(
      String
    )],
    { env: cleanEnv(), timeout: 60_000 }
  )
  const filters = PIPELINE.map(
    (name) =>
      `[filter:${name}]\nuse = egg:swift#${name === 'cache' ? 'memcache' : name.replace('-', '_')}\n` +
      `${FILTERS[name] ?? ''}`
  ).join('')
  const server = (name: keyof typeof ports, conf: string) => {
    const file = join(folder, `${name}.conf`)
    writeFileSync(file, `${common(folder, ports[name])}${conf}`)
    return startProcess(t, programPath(`swift-${name}-server`), [file])
  }
  const processes = [
    ...(['account', 'container', 'object'] as const).map((name) => server(
      name,
      `[pipeline:main]\npipeline = ${name}-server\n[app:${name}-server]\nuse = egg:swift#${name}\n${BACK_ENDS[name]}`
    )),
    server(
      'proxy',
      `[pipeline:main]\npipeline = ${PIPELINE.join(' ')} proxy-server\n${filters}[app:proxy-server]\n` +
      'use = egg:swift#proxy\nallow_account_management = true\naccount_autocreate = true\n' +
      'error_suppression_limit = 1000000\n'
    )
  ]
  const endpoint = `http://127.0.0.1:${ports.proxy}`
  await answering(`${endpoint}/healthcheck`, processes)
  return { endpoint, keyPair: { accessKeyId: 'test:tester', secretAccessKey: 'testing' } }
}

function common (folder: string, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${join(folder, 'devices')}
mount_check = false
log_level = ERROR
log_address = ${join(folder, 'no-log')}
disable_fallocate = true
max_clients = 1024
`
}
