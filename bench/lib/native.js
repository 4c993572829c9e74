import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUCKET } from './content.js'
import { run } from './process.js'
import { digestsOf, pieceLengthOf } from './torrent.js'

/** Runs bench/limit.c, the limit of the machine. Returns what it took, and the SHA-1 of the digests it finds. */
export async function compileLimit (bench) {
  const program = await compile(bench, 'limit', '-lcrypto')
  return async (store, object) => {
    const { hostname, port } = new URL(store)
    const { stdout } = await run(program, [hostname, port, pathOf(object), ...sizesOf(object)])
    return hashedIn(stdout)
  }
}

/** The same of bench/file-limit.c, for the object's file. */
export async function compileFileLimit (bench) {
  const program = await compile(bench, 'file-limit', '-lcrypto')
  return async (object) => hashedIn((await run(program, [object.path, ...sizesOf(object)])).stdout)
}

/** What a limit of the machine returned. Throws unless its digests are those of the object. */
export function checkSum (hashed, object) {
  const right = createHash('sha1').update(digestsOf(object, pieceLengthOf(object))).digest('hex')
  if (hashed.sum !== right) throw new Error('the limit of the machine hashes wrong')
  return hashed
}

/** Runs bench/load.c: requests for the objects in turn, on some connections, for some time. Every answer must be 200. */
export async function compileLoad (bench) {
  const program = await compile(bench, 'load')
  return async ({ url, method, objects, query = '', connections, seconds }) => {
    const { hostname, port } = new URL(url)
    const paths = objects.map((object) => pathOf(object) + query)
    const { stdout } = await run(program, [hostname, port, method, String(connections), String(seconds), ...paths])
    const [answers, took, bytes, p99] = stdout.trim().split(' ').map(Number)
    return { count: answers, perSecond: answers / took, bytesEach: bytes / answers, p99 }
  }
}

/** Runs bench/announce.c: each address announces a peer in each torrent, for `seconds`, or once each without them. */
export async function compileAnnounce (bench) {
  const program = await compile(bench, 'announce')
  return async ({ trackerUrl, transport, addresses, atOnce, seconds = 0, infoHashes }) => {
    const { hostname, port } = new URL(trackerUrl)
    const { stdout } = await run(
      program, [hostname, port, transport, ...[addresses, atOnce, seconds].map(String), ...infoHashes]
    )
    const { announces, seconds: took, p50, p99, resent } = JSON.parse(stdout)
    return { count: announces, perSecond: announces / took, p50, p99, resent }
  }
}

const sizesOf = (object) => [String(object.size), String(pieceLengthOf(object))]

function hashedIn (stdout) {
  const [seconds, processor, sum] = stdout.trim().split(' ')
  return { seconds: Number(seconds), processor: Number(processor), sum }
}

const pathOf = ({ key }) => `/${BUCKET}/${key}`

async function compile (bench, name, ...libraries) {
  const program = join(bench.folder(name), name)
  const source = fileURLToPath(new URL(`../${name}.c`, import.meta.url))
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-o', program, source, ...libraries, '-lpthread'])
  return program
}
