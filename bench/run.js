// npm run bench: how fast a torrent is made, beside what the machine can do. Medians of five rounds, all in one run.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { randomFillSync } from 'node:crypto'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = 5
const SIZE = 1 << 30
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'object-torrent-bench-'))
const file = join(dir, 'bench', 'object')

mkdirSync(join(dir, 'bench'))
const out = createWriteStream(file)
for (let written = 0, block = Buffer.alloc(1 << 24); written < SIZE; written += block.length) {
  if (!out.write(Buffer.from(randomFillSync(block)))) await once(out, 'drain')
}
out.end()
await once(out, 'close')

const server = spawn(process.execPath, [main, '--port', '0', '--origin', dir, '--log-level', 'silent'], { stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const [line] = await once(server.stdout, 'data')
  const url = /http:\/\/\S+/.exec(String(line))?.[0]
  const contenders = {
    'object-torrent, directory origin': async () => { await (await fetch(`${url}/bench/object?torrent`)).arrayBuffer() },
    'openssl sha1 of the same file': async () => { execFileSync('openssl', ['sha1', file]) },
    'curl of the same object, piped to openssl sha1': async () => { execFileSync('sh', ['-c', `curl -s '${url}/bench/object' | openssl sha1`]) }
  }
  const seconds = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now()
      await run()
      if (round > 0) seconds[name].push((performance.now() - start) / 1000) // the first round warms up
    }
  }
  const rate = (s) => SIZE / 1e6 / s
  const rows = Object.entries(seconds).map(([name, list]) => ({ name, sorted: list.sort((a, b) => a - b) }))
  const ours = rows[0].sorted[ROUNDS >> 1]
  console.log(`1 GiB, ${ROUNDS} rounds, Node ${process.version}, ${cpus().length} x ${cpus()[0].model}\n`)
  console.log('| | MB/s, median | min | max | ours / theirs |\n|---|---|---|---|---|')
  for (const { name, sorted } of rows) {
    const median = sorted[ROUNDS >> 1]
    console.log(`| ${name} | ${rate(median).toFixed(0)} | ${rate(sorted.at(-1)).toFixed(0)} | ${rate(sorted[0]).toFixed(0)} | ${(median / ours).toFixed(2)} |`)
  }
} finally {
  server.kill()
  rmSync(dir, { recursive: true, force: true })
}
