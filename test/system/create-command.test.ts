import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { inTerminal, runCommand } from '../support/command.js'
import { contentAt, contentStream } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { checkTorrent } from '../support/torrent-check.js'

const MB = 1_000_000
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 'secret' }
const CONTENT = contentAt(1, 0, 3 * MB)
const ESCAPE = '\u001B'

const origin = await startFaultyOrigin(t)
const signed = { ...KEYS, AWS_ENDPOINT_URL: origin.endpoint }

async function pieceHashesHex (seed: number, size: number, pieceLength: number): Promise<string[]> {
  return (await pieceHashesOf(contentStream(seed, size), pieceLength)).map((hash) => hash.toString('hex'))
}

t.test('the same bytes as a server with the same trackers and web seeds', async (t) => {
  const cwd = t.testdir({ media: { 'film é.bin': CONTENT } })
  origin.put('media', 'a b/film.bin', { body: CONTENT, public: true, lastModified: new Date('2024-02-29T12:34:56Z') })
  const links = [
    '--announce',
    'http://one.example/announce,udp://two.example:6969',
    '--announce',
    'wss://three.example/',
    '--web-seed',
    'https://cdn.example/{bucket}/{key}',
    '--piece-length',
    '65536'
  ]
  const [overDirectory, overS3] = await Promise.all([
    startServer(t, { args: ['--origin', cwd, ...links] }),
    startServer(t, { args: ['--origin', origin.endpoint, '--x-amz-info', 'on', ...links] })
  ])
  const served = await httpGet(`${overDirectory.url}/media/film%20%C3%A9.bin?torrent`)
  const cdn = ['--web-seed', 'https://cdn.example/media/{key}']
  const { code, stderr } = await runCommand(
    ['create', './media/film é.bin', ...links.filter((_, i) => i !== 4 && i !== 5), ...cdn], { cwd }
  )
  t.equal(code, 0, stderr)
  t.strictSame(
    readFileSync(join(cwd, 'film é.bin.torrent')).toString('latin1'), served.body.toString('latin1'), 'of a file'
  )
  const fromS3 = await runCommand(
    ['create', 's3://media/a b/film.bin', '-o', '-', '--x-amz-info', '--no-sign-request', ...links],
    { cwd, env: { AWS_ENDPOINT_URL: origin.endpoint } }
  )
  t.equal(fromS3.code, 0, fromS3.stderr)
  t.strictSame(
    fromS3.stdout.toString('latin1'),
    (await httpGet(`${overS3.url}/media/a%20b/film.bin?torrent`)).body.toString('latin1'),
    'of an object'
  )
  t.ok(origin.requests.every(({ signer }) => signer === undefined), 'unsigned, as told')
  if (need(t, 'python-libtorrent', 'transmission-show')) {
    await checkTorrent(t, fromS3.stdout, { name: 'film.bin', content: CONTENT, pieceLength: 65536 })
  }
})

t.test('a bar on a terminal; Ctrl-C keeps what was hashed, and the same command goes on from there', async (t) => {
  if (!need(t, 'script')) return
  const cwd = t.testdir({})
  const size = 120 * MB
  const object = origin.put('media', 'film.mkv', { size, seed: 7, faults: { bytesPerSecond: 12 * MB } })
  const command = ['create', 's3://media/film.mkv', '--data-dir', join(cwd, 'kept')]
  const first = await inTerminal(command, {
    cwd, env: signed, press: (output) => /\[=+> +\] +[3-9]\d %/.test(output) ? '\u0003' : undefined
  })
  t.equal(first.code, 130)
  t.match(first.output, /s3:\/\/media\/film\.mkv\r\n/, 'what is hashed')
  t.match(
    first.output,
    /\[=+> +\] {2} ?\d+ % {2}[\d.]+ MB of 120\.0 MB {2}[\d.]+ [kM]B\/s {2}\d+ (s|min .*) left/,
    'how far, how fast, how long'
  )
  const [, kept = '0'] = /Interrupted: ([\d.]+) MB of s3:\/\/media\/film\.mkv are hashed, and kept in \S+; the same command goes on from there\./.exec(
    first.output.replaceAll('\r\n', '')
  ) ?? []
  t.ok(Number(kept) > 20, kept)
  t.ok(first.output.endsWith(`${ESCAPE}[?25h`) || first.output.includes(`${ESCAPE}[?25h`), 'the cursor is back')
  t.same(readdirSync(cwd), ['kept'], 'no torrent, and no piece of one')
  const before = object.bytesSent
  object.faults.bytesPerSecond = undefined
  const second = await inTerminal(command, { cwd, env: signed })
  t.equal(second.code, 0)
  t.match(
    second.output,
    /film\.mkv\.torrent: 120\.0 MB, 1,832 pieces of 64 KiB, hashed.*, [\d.]+ MB of it before\r\ninfo hash [0-9a-f]{40}\r\n/
  )
  const read = object.bytesSent - before
  t.ok(Math.abs(read + Number(kept) * MB - size) < 1.1 * MB, `what was kept is not read again: ${read} and ${kept} MB`)
  const torrent = await parsed(readFileSync(join(cwd, 'film.mkv.torrent')))
  t.strictSame(torrent.pieces, await pieceHashesHex(7, size, torrent.pieceLength))
  const third = await runCommand(command, { cwd, env: signed })
  t.match(third.stdout.toString(), 'hashed before')
  t.equal(object.bytesSent - before, read, 'and what is whole is not read at all')
})

t.test('without a terminal: lines, no control characters; --quiet and --json', async (t) => {
  const cwd = t.testdir({ 'film.bin': CONTENT, there: {} })
  const [plain, quiet, asJson, inDirectory] = await Promise.all([
    runCommand(['create', 'film.bin'], { cwd }),
    runCommand(['create', 'film.bin', '--quiet', '-o', 'quiet.torrent'], { cwd }),
    runCommand(['create', 'film.bin', '--json', '-o', 'json.torrent', '--announce', 'udp://one.example:1'], { cwd }),
    runCommand(['create', 'film.bin', '-o', 'there'], { cwd })
  ])
  t.same([plain.code, plain.stderr], [0, 'film.bin: 3.0 MB\n'])
  t.match(
    plain.stdout.toString(),
    /^film\.bin\.torrent: 3\.0 MB, 184 pieces of 16 KiB, hashed[^\n]*\ninfo hash [0-9a-f]{40}\n$/
  )
  t.same(quiet, { code: 0, stdout: Buffer.alloc(0), stderr: '' })
  const { infoHash, length } = await parsed(readFileSync(join(cwd, 'quiet.torrent')))
  t.equal(length, CONTENT.length)
  const told = JSON.parse(asJson.stdout.toString()) as Record<string, unknown>
  t.match(told, {
    file: 'json.torrent',
    infoHash,
    name: 'film.bin',
    size: CONTENT.length,
    pieceLength: 16384,
    pieces: 184,
    trackers: [['udp://one.example:1']]
  })
  t.equal((await parsed(String(told['magnet']))).infoHash, infoHash)
  t.equal(inDirectory.code, 0)
  t.same(readdirSync(join(cwd, 'there')), ['film.bin.torrent'])
})

t.test('a torrent is written whole or not at all', async (t) => {
  const cwd = t.testdir({ 'old.torrent': 'old', 'real.torrent': 'old', locked: {} })
  symlinkSync('real.torrent', join(cwd, 'link.torrent'))
  const object = origin.put('media', 'cut.bin', { size: 20 * MB, seed: 3, faults: { cutAfter: 100_000, times: 1 } })
  const run = (...args: string[]) => runCommand(
    ['create', 's3://media/cut.bin', '--data-dir', join(cwd, 'kept'), ...args], { cwd, env: signed }
  )
  object.faults.errorBody = { status: 500, body: '<Error><Code>InternalError</Code></Error>' }
  const failed = await run('-o', 'old.torrent')
  t.same([failed.code, readFileSync(join(cwd, 'old.torrent'), 'utf8')], [1, 'old'])
  t.match(failed.stderr, /^object-torrent: s3:\/\/media\/cut\.bin cannot be read: .*try again\.$/m)
  object.faults.errorBody = undefined
  t.equal((await run('-o', 'old.torrent')).code, 0, 'and one that is there is replaced')
  t.equal((await run('-o', 'link.torrent')).code, 0)
  for (const file of ['old.torrent', 'real.torrent']) {
    t.equal((await parsed(readFileSync(join(cwd, file)))).length, 20 * MB)
  }
  t.equal((await run('-o', '/dev/null')).code, 0)
  t.match(
    execFileSync('stat', ['-c', '%F', '/dev/null'], { encoding: 'utf8' }),
    'character special file',
    'a device stays one'
  )
  const nowhere = await run('-o', 'missing/x.torrent')
  t.same(
    [nowhere.code, nowhere.stderr],
    [1, 'object-torrent: missing/x.torrent cannot be written (ENOENT); -o names another file.\n']
  )
  t.same(
    readdirSync(cwd).sort(), ['kept', 'link.torrent', 'locked', 'old.torrent', 'real.torrent'], 'nothing is left over'
  )
})

t.test('profile, region and endpoint from where aws-cli takes them', async (t) => {
  const cwd = t.testdir({})
  const other = await startFaultyOrigin(t)
  for (const each of [origin, other]) each.put('media', 'film.bin', { body: CONTENT })
  other.put('elsewhere', 'film.bin', { body: CONTENT })
  const config = join(cwd, 'config')
  writeFileSync(config, `[default]
region = eu-default-1
endpoint_url = ${origin.endpoint}
[profile alice]
region = eu-west-9
services = local
[services local]
s3 =
  endpoint_url = ${other.endpoint}
[profile process]
endpoint_url = ${other.endpoint}
credential_process = echo '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"x","SessionToken":"token"}'
[profile "my team"]
endpoint_url = ${other.endpoint}
source_profile = ignored
[profile acme.Admin]
endpoint_url = ${other.endpoint}
[profile broken]
credential_process = sh -c 'echo the vault is sealed >&2; exit 3' --token hunter2
[profile nothing]
endpoint_url = ${other.endpoint}
`)
  writeFileSync(
    join(cwd, 'credentials'),
    '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[my team]\n' +
    'aws_access_key_id: AKIATEAM\nAWS_SECRET_ACCESS_KEY: s\n[acme.Admin]\naws_access_key_id = AKIAACME\n' +
    'aws_secret_access_key = s\n[alice]\naws_access_key_id = AKIAALICE\naws_secret_access_key = s\n'
  )
  const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(cwd, 'credentials') }
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' }
  let made = 0
  /** Who asked which origin, and for which region; or what was said instead. */
  async function asked (env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    const seen = [origin.requests.length, other.requests.length]
    const { code, stderr } = await runCommand(
      ['create', 's3://media/film.bin', '-q', '--data-dir', join(cwd, `kept-${made++}`), '-o', '/dev/null', ...args],
      { cwd, env: { ...files, ...env } }
    )
    if (code !== 0) return `${code} ${stderr}`
    const [first, second] = [origin.requests.slice(seen[0]), other.requests.slice(seen[1])]
    const { signer, headers } = [...first, ...second].at(-1) ?? {}
    return `${[...first.length > 0 ? ['default'] : [], ...second.length > 0 ? ['other'] : []].join()} ${signer} ` +
      `${/\/\d{8}\/([^/]+)\/s3\//.exec(headers?.authorization ?? '')?.[1]}${headers?.['x-amz-security-token'] === undefined ? '' : ' with a token'}`
  }
  t.equal(await asked({}), 'default AKIADEFAULT eu-default-1', 'the default profile')
  t.equal(await asked({ AWS_PROFILE: 'alice' }), 'other AKIAALICE eu-west-9', 'AWS_PROFILE, and its services section')
  t.equal(await asked(keys, '--profile', 'alice'), 'other AKIAALICE eu-west-9', '--profile comes before them')
  t.equal(await asked({ AWS_PROFILE: 'process' }), 'other AKIAPROCESS us-east-1 with a token', 'a credential process')
  t.equal(await asked({}, '--profile', 'my team'), 'other AKIATEAM us-east-1', 'a name with a space')
  t.equal(await asked({ AWS_PROFILE: 'acme.Admin' }), 'other AKIAACME us-east-1', 'a name with a dot')
  t.match(
    await asked({ AWS_PROFILE: 'broken' }),
    /^1 object-torrent: There are no credentials to sign with \(the credential_process failed: the vault is sealed\): set/
  )
  t.match(
    await asked({ AWS_PROFILE: 'nothing' }),
    /^1 object-torrent: There are no credentials to sign with \(.*\): set AWS_ACCESS_KEY_ID .* or add --no-sign-request for what everybody may read\.\n$/
  )
  origin.faults.redirectTo = { status: 301, location: 'http://127.0.0.1:1/', region: 'eu-moved-1' }
  t.equal(await asked({}), 'default AKIADEFAULT eu-moved-1', 'a bucket in another region is asked there')
  origin.faults.redirectTo = undefined
})

t.test('where the data directory cannot be written, it is said, and the torrent is made', async (t) => {
  const cwd = t.testdir({ 'film.bin': CONTENT, file: '' })
  const { code, stderr } = await runCommand(['create', 'film.bin', '--data-dir', join(cwd, 'file', 'kept')], { cwd })
  t.equal(code, 0)
  t.match(
    stderr, /^object-torrent: no store can be kept in this directory; hashes are kept in memory until the end \(.*\)$/m
  )
})
