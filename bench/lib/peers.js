import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUCKET } from './content.js'
import { atLeast, moreThan } from './line.js'
import { speedOf } from './measure.js'
import { oneStreamSpeed } from './one-stream.js'
import { runTimed, shellTimed } from './processor-time.js'
import { checkTorrent, pieceLengthOf } from './torrent.js'

const createTorrentStream = fileURLToPath(new URL('create-torrent-stream.js', import.meta.url))

/**
 * The other tools that make the torrent of an object in a store: the programs each needs, its speed and cost, and our
 * goal.
 */
export function peers (bench, store, object) {
  const url = `${store.url}/${BUCKET}/${object.key}`
  const dir = bench.folder('peers')
  const copy = join(dir, object.key)
  const torrent = join(dir, 'peer.torrent')
  const pieceLength = pieceLengthOf(object)
  const mktorrent = (file) => `mktorrent -l ${Math.log2(pieceLength)} -a http://tracker.invalid/ -o ${torrent} ${file}`

  // `make` writes the torrent, and returns what it cost.
  const torrentSpeed = async (make) => {
    rmSync(copy, { force: true })
    rmSync(torrent, { force: true })
    const cost = await make()
    checkTorrent(readFileSync(torrent), object)
    return speedOf(object.size, cost)
  }

  return [
    {
      name: 'curl to openssl sha1',
      needs: ['curl', 'openssl'],
      speed: () => oneStreamSpeed(url, object),
      goal: moreThan(1)
    },
    {
      name: 'curl to a file, mktorrent',
      needs: ['curl', 'mktorrent'],
      speed: () => torrentSpeed(() => shellTimed(`curl -sfo ${copy} '${url}'; ${mktorrent(copy)}`)),
      goal: moreThan(1)
    },
    {
      name: 'aws s3 cp, mktorrent',
      needs: ['aws', 'mktorrent'],
      speed: () => torrentSpeed(() => shellTimed(
        `aws --endpoint-url ${store.url} s3 cp --only-show-errors s3://${BUCKET}/${object.key} ${copy}; ` +
        `${mktorrent(copy)}`,
        { env: awsEnv(store) }
      )),
      goal: atLeast(2)
    },
    {
      name: 'create-torrent on the stream',
      needs: [],
      speed: () => torrentSpeed(async () => {
        const { stdout, processor } = await runTimed(
          process.execPath, [createTorrentStream, url, object.key, String(pieceLength), torrent]
        )
        return { seconds: Number(stdout), processor } // without the start of the program
      }),
      goal: moreThan(1)
    },
    {
      name: 'transmission-create, on a local file',
      needs: ['transmission-create'],
      speed: () => torrentSpeed(() => runTimed(
        'transmission-create', ['-s', String(pieceLength / 1024), '-o', torrent, object.path]
      )),
      goal: moreThan(1)
    }
  ]
}

function awsEnv ({ keyPair }) {
  return {
    AWS_ACCESS_KEY_ID: keyPair.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keyPair.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true'
  }
}
