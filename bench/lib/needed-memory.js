import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** For a server whose neededMemory() is asked. */
export const TELLING_MEMORY = ['--expose-gc', '--import', fileURLToPath(new URL('tell-memory.js', import.meta.url))]

/** Bytes that a server needs, without its garbage: of that there are tens of megabytes, now more and now less. */
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
