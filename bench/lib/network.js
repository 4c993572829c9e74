import { spawnSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'

const HUB = `object-torrent-bench-${process.pid}`
const BURST_SECONDS = 0.004

const addressOf = (host) => `10.77.0.${host}`
/** The address of the bench itself on the network. */
export const HOST_ADDRESS = addressOf(1)

/** The reason why no network can be made here; undefined if one can. */
export function noNetwork () {
  if (process.getuid() !== 0) return 'network namespaces need root'
  removeAbandoned()
  const taken = Object.values(networkInterfaces()).flat().some(({ address }) => address.startsWith(addressOf('')))
  if (taken) return `${addressOf(0)}/24 is in use here`
  try {
    ip('netns', 'add', HUB)
    ip('-n', HUB, 'link', 'add', 'name', 'probe', 'type', 'bridge')
    ip('-n', HUB, 'link', 'add', 'name', 'left', 'type', 'veth', 'peer', 'name', 'right')
    limit(HUB, 'left', 1)
  } catch (error) {
    return error.message
  } finally {
    remove(process.pid)
  }
}

/**
 * Makes a switch with clients in network namespaces of their own, each with a limit of MB/s in each direction. The bench
 * is on the switch too, at HOST_ADDRESS and without a limit. The network goes when the row is over, or the bench ends.
 */
export function startNetwork (bench, { clients, megabytesPerSecond }) {
  const down = () => remove(process.pid)
  process.prependOnceListener('exit', down)
  bench.atEnd(() => {
    down()
    process.off('exit', down)
  })
  ip('netns', 'add', HUB)
  ip('-n', HUB, 'link', 'add', 'name', 'switch', 'type', 'bridge')
  ip('-n', HUB, 'link', 'set', 'switch', 'up')
  plug('host', { name: undefined, device: deviceOf(process.pid), address: HOST_ADDRESS })
  return Array.from({ length: clients }, (_, i) => {
    const port = `client${i}`
    const name = `${HUB}-${port}`
    const address = addressOf(101 + i)
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    plug(port, { name, device: 'uplink', address })
    limit(HUB, port, megabytesPerSecond)
    limit(name, 'uplink', megabytesPerSecond)
    return { address, within: (program, args) => ['ip', ['netns', 'exec', name, program, ...args]] }
  })
}

// Lays a cable from a port of the switch to a device in a namespace; without a name, in the namespace of the bench.
function plug (port, { name, device, address }) {
  const there = name === undefined ? [] : ['-n', name]
  ip('-n', HUB, 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', device, 'netns', name ?? String(
    process.pid
  ))
  ip('-n', HUB, 'link', 'set', port, 'master', 'switch', 'up')
  ip(...there, 'address', 'add', `${address}/24`, 'dev', device)
  ip(...there, 'link', 'set', device, 'up')
}

function limit (name, device, megabytesPerSecond) {
  const bytesPerSecond = megabytesPerSecond * 1e6
  const burst = Math.max(bytesPerSecond * BURST_SECONDS, 128 << 10) // or a large segment never fits
  checked('tc', [
    '-n', name, 'qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', `${bytesPerSecond}bps`, 'burst', `${burst}b`,
    'latency', '50ms'
  ])
}

// Removes the network of a bench. A cable goes with either end, and a namespace with the last program in it.
function remove (pid) {
  spawnSync('ip', ['link', 'del', deviceOf(pid)], { stdio: 'ignore' }) // or it is there for a while yet
  for (const network of networks().filter((network) => network.pid === pid)) {
    spawnSync('ip', ['netns', 'del', network.name], { stdio: 'ignore' })
  }
}

// Removes the networks of benches that were killed.
function removeAbandoned () {
  for (const { pid } of networks()) if (!runs(pid)) remove(pid)
}

function networks () {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return [...stdout.matchAll(/^object-torrent-bench-(\d+)\S*/gm)].map(([name, pid]) => ({ name, pid: Number(pid) }))
}

const deviceOf = (pid) => `bench${pid}`

function runs (pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const ip = (...args) => checked('ip', args)

function checked (program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
