// create-torrent-stream.js URL NAME PIECE_LENGTH FILE: runs create-torrent on an HTTP body, as its README shows, and
// prints the seconds.
import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { promisify } from 'node:util'
import createTorrent from 'create-torrent'

const [url, name, pieceLength, file] = process.argv.slice(2)
const start = performance.now()
const body = await new Promise((resolve, reject) => get(url, resolve).on('error', reject))
const torrent = await promisify(createTorrent)(body, { name, pieceLength: Number(pieceLength) })
console.log((performance.now() - start) / 1000)
writeFileSync(file, torrent)
