import { execFileSync } from 'node:child_process'
import type { Test } from 'tap'
import { skipOrFail } from './programs.js'

/** Two network namespaces with a cable between them. */
export interface NetworkPair {
  /** The command that runs another one at the server's, or at the client's, end. */
  server: string[]
  client: string[]
  /** Gives an end one more address, with its prefix length. */
  add (end: 'server' | 'client', address: string): void
}

/**
 * Made with these addresses, gone with the test; undefined where there can be none: visibly skipped, or failed where
 * CI=true.
 */
export function networkPair (t: Test, addresses: { server: string[], client: string[] }): NetworkPair | undefined {
  const name = {
    server: `object-torrent-test-${process.pid}-server`, client: `object-torrent-test-${process.pid}-client`
  }
  const ends = ['server', 'client'] as const
  const add = (end: 'server' | 'client', address: string): void => ip(
    '-n', name[end], 'address', 'add', address, 'dev', 'cable', ...address.includes(':') ? ['nodad'] : []
  )
  t.teardown(() => {
    for (const end of ends) try { ip('netns', 'delete', name[end]) } catch {} // there may be none
  })
  try {
    for (const end of ends) ip('netns', 'add', name[end])
    ip('-n', name.server, 'link', 'add', 'name', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', name.client)
    for (const end of ends) {
      for (const device of ['lo', 'cable']) ip('-n', name[end], 'link', 'set', device, 'up')
      for (const address of addresses[end]) add(end, address)
    }
  } catch (error) {
    skipOrFail(t, `no network namespaces here (root and iproute2 are needed): ${String(error)}`)
    return undefined
  }
  const within = (end: 'server' | 'client'): string[] => ['ip', 'netns', 'exec', name[end]]
  return { server: within('server'), client: within('client'), add }
}

function ip (...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
