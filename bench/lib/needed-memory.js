import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The option of node for a server whose neededMemory() is asked. */
export const TELLING_MEMORY = ['--expose-gc', '--import', fileURLToPath(new URL('tell-memory.js', import.meta.url))]

/** Bytes that a server needs, without its garbage, which varies by tens of megabytes. */
export async function neededMemory ({ pid, said }) {
  const before = said.stderr.length
  process.kill(pid, 'SIGWINCH')
  for (let attempt = 0; attempt < 250; attempt++) {
    await sleep(20)
    const [, bytes] = /^needs (\d+) bytes$/m.exec(said.stderr.slice(before)) ?? []
    if (bytes !== undefined) return Number(bytes)
  }
  throw new Error('the server does not say how much memory it needs')
}
