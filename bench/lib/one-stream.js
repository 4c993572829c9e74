import { secondsOf } from './measure.js'
import { shell } from './process.js'
import { sha1Of } from './torrent.js'

/** MB/s of one download of the object, hashed as it comes, as one SHA-1: what a shell does. */
export async function oneStreamSpeed (url, object) {
  let stdout = ''
  const seconds = await secondsOf(async () => { ({ stdout } = await shell(`curl -sf '${url}' | openssl sha1`)) })
  if (!stdout.includes(sha1Of(object))) throw new Error(`curl | openssl sha1 of ${url}: ${stdout}`)
  return object.size / 1e6 / seconds
}
