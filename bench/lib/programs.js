import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The Debian package of each program or header.
const PACKAGES = {
  nginx: 'nginx',
  'nginx slice': 'nginx',
  gcc: 'gcc',
  'libssl-dev': 'libssl-dev',
  openssl: 'openssl',
  curl: 'curl',
  aws: 'awscli',
  mktorrent: 'mktorrent',
  'transmission-create': 'transmission-cli',
  'transmission-daemon': 'transmission-daemon',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  radosgw: 'radosgw',
  ceph: 'ceph-common',
  ip: 'iproute2',
  tc: 'iproute2',
  opentracker: 'opentracker',
  'python3-libtorrent': 'python3-libtorrent'
}
// The arguments that make each program print its version.
const VERSIONS = {
  nginx: ['-v'],
  radosgw: ['--version'],
  openssl: ['version'],
  gcc: ['--version'],
  curl: ['--version'],
  aws: ['--version'],
  mktorrent: ['-h'],
  'transmission-create': ['-V'],
  'transmission-daemon': ['-V']
}

// These are no programs.
const FOUND_BY = {
  'libssl-dev': () => hasOpensslHeaders(),
  'nginx slice': () => hasSlices(),
  'python3-libtorrent': () => pythonWith('libtorrent') !== undefined
}

/** Installs the missing programs as root on Debian; elsewhere says what to install. */
export function installPrograms () {
  const packages = new Set(missing(Object.keys(PACKAGES)).map((name) => PACKAGES[name]))
  if (packages.size === 0) return
  const script = fileURLToPath(new URL('../../test/support/install-programs.sh', import.meta.url))
  spawnSync('sh', [script, 'the whole bench', ...packages], { stdio: ['ignore', 2, 2] })
}

/** The programs and packages of a list that are missing. */
export const missing = (needs) => needs.filter((name) => !(FOUND_BY[name] ?? has)(name))

/** The first line that each program says of itself. */
export function versions () {
  const lines = Object.entries(VERSIONS).filter(([name]) => has(name)).map(
    ([name, args]) => [name, firstLine(name, args)]
  )
  const createTorrent = JSON.parse(
    readFileSync(new URL('../../node_modules/create-torrent/package.json', import.meta.url), 'utf8')
  )
  const python = pythonWith('libtorrent')
  if (python !== undefined) {
    lines.push([
      'libtorrent',
      spawnSync(python, ['-c', 'import libtorrent; print(libtorrent.__version__)'], { encoding: 'utf8' }).stdout.trim()
    ])
  }
  return Object.fromEntries([...lines, ['create-torrent', createTorrent.version]])
}

const has = (name) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0

/** The first python3 that can import the module: a newer python in PATH often lacks what Debian packages. */
export const pythonWith = (module) => ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
)

const hasOpensslHeaders = () => spawnSync('gcc', ['-E', '-'], {
  input: '#include <openssl/evp.h>\n', stdio: ['pipe', 'ignore', 'ignore']
}).status === 0

const hasSlices = () => `${spawnSync('nginx', ['-V'], { encoding: 'utf8' }).stderr}`.includes('http_slice_module')

function firstLine (name, args) {
  const { stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' })
  return `${stdout}${stderr}`.trim().split('\n')[0]
}
