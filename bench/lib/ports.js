import { createServer } from 'node:net'

/** A free port below those that the kernel hands out: no other program's port 0 can take it before it is used. */
export async function freePort () {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

function isFree (port) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
