import { speedOf } from './measure.js'
import { shellTimed } from './processor-time.js'
import { sha1Of } from './torrent.js'

/** Speed and cost of one download of the object, hashed as it comes, as one SHA-1: what a shell does. */
export async function oneStreamSpeed (url, object) {
  const { stdout, ...cost } = await shellTimed(`curl -sf '${url}' | openssl sha1`)
  if (!stdout.includes(sha1Of(object))) throw new Error(`curl | openssl sha1 of ${url}: ${stdout}`)
  return speedOf(object.size, cost)
}
