import { speedOf } from './measure.js'
import { run } from './process.js'
import { costOf } from './processor-time.js'

/**
 * Has `clients` curls download an object at once, each all of it and to nowhere. Returns their speed together, and what
 * a GB cost the server with this process id.
 */
export async function downloadSpeed (pid, url, object, clients = 1) {
  const cost = await costOf(pid, () => Promise.all(Array.from({ length: clients }, () => download(url, object))))
  return speedOf(clients * object.size, cost)
}

async function download (url, { size }) {
  const { stdout } = await run('curl', ['-sSf', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', url])
  if (stdout !== `200 ${size}`) throw new Error(`GET ${url}: ${stdout}, not 200 ${size}`)
}
