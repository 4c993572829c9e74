import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanEnv } from './clean-env.js'
import { programPath } from './programs.js'

export interface ClientRun {
  /** null: it was killed. */
  code: number | null
  stdout: string
  /** stdout and stderr, as they came. */
  output: string
}

export interface ClientDownload {
  /** The client says that it has everything. */
  ok: boolean
  code: number | null
  output: string
}

/** Runs a program and resolves when it has ended; after `seconds` it is killed. `until` is asked now and then whether to end it sooner. */
export async function runClient (path: string, args: string[], { seconds, env = cleanEnv(), cwd, until }: {
  seconds: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  until?: () => boolean
}): Promise<ClientRun> {
  const child = spawn(path, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => { stdout.push(chunk); output.push(chunk) })
  child.stderr.on('data', (chunk: Buffer) => { output.push(chunk) })
  const limit = setTimeout(() => { child.kill('SIGKILL') }, seconds * 1000)
  const poll = setInterval(() => { if (until?.()) child.kill('SIGKILL') }, 100)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve)
      child.once('error', reject)
    })
    return { code, stdout: Buffer.concat(stdout).toString(), output: Buffer.concat(output).toString() }
  } finally {
    clearTimeout(limit)
    clearInterval(poll)
  }
}

/** aria2c with these arguments (URLs, .torrent files, options), into `dir`; does not seed afterwards. */
export async function aria2 (args: string[], dir: string, seconds: number): Promise<ClientDownload> {
  const { code, output } = await runClient(programPath('aria2c'), [
    '--no-conf', `--dir=${dir}`, '--seed-time=0', '--console-log-level=notice', '--summary-interval=0',
    '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false',
    // Its default range holds the tracker's port, 6969.
    '--listen-port=20000-29999',
    ...args
  ], { seconds, cwd: dir })
  return { ok: code === 0, code, output }
}

/** transmission-cli, into `dir`. It never ends by itself: it is killed once its finish script has run, so `code` is null then. */
export async function transmission (torrentFile: string, dir: string, seconds: number): Promise<ClientDownload> {
  const config = mkdtempSync(join(tmpdir(), 'object-torrent-transmission-'))
  try {
    const finished = join(config, 'finished')
    const script = join(config, 'finish.sh')
    writeFileSync(script, `#!/bin/sh\ntouch ${finished}\n`, { mode: 0o755 })
    writeFileSync(join(config, 'settings.json'), JSON.stringify({
      'bind-address-ipv4': '127.0.0.1', 'dht-enabled': false, 'lpd-enabled': false, 'pex-enabled': false, 'utp-enabled': false, 'peer-port-random-on-start': true
    }))
    const { code, output } = await runClient(programPath('transmission-cli'), ['-g', config, '-w', dir, '-M', '-D', '-U', '-f', script, torrentFile], {
      seconds, cwd: config, until: () => existsSync(finished)
    })
    return { ok: existsSync(finished), code, output }
  } finally {
    rmSync(config, { recursive: true, force: true })
  }
}
