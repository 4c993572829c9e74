// Preloaded into a server: at SIGWINCH, which means nothing to it, it says on standard error how many bytes it needs.
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.on('SIGWINCH', () => {
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    process.stderr.write(`needs ${heapUsed + external} bytes\n`)
  })
}
