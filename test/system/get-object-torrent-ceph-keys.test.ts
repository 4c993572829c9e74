import { CreateBucketCommand, GetObjectTorrentCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { boto3Presigned } from '../support/boto3.js'
import { ceph } from '../support/ceph.js'
import { httpGet } from '../support/http-get.js'
import { ODD_KEYS } from '../support/odd-keys.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { checkTorrent } from '../support/torrent-check.js'

t.test('any key that S3 allows', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, 'python-boto3', 'python-libtorrent', 'transmission-show')) return
  const bucket = bucketName('keys')
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--credentials-file', store.credentialsFile, '--domain', 's3.test']
  })
  const atStore = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const alice = s3Client(t, { endpoint: server.url, keyPair: store.alice })
  const contentOf = (key: string): Buffer => Buffer.from(`the object of ${JSON.stringify(key)}`)
  const put = (key: string): Promise<unknown> => atStore.send(new PutObjectCommand({
    Bucket: bucket, Key: key, Body: contentOf(key), ACL: 'public-read'
  }))
  const escaped = (key: string): string => [...Buffer.from(key)].map(
    (byte) => byte === 0x2f ? '/' : `%${byte.toString(16).padStart(2, '0')}`
  ).join('')
  await atStore.send(new CreateBucketCommand({ Bucket: bucket }))
  await Promise.all(ODD_KEYS.map(([key]) => put(key)))

  const calls = ODD_KEYS.map(([Key]) => ({ Bucket: bucket, Key }))
  const presigned = {
    v2: await boto3Presigned({ endpoint: server.url, keyPair: store.alice }, 600, ...calls),
    v4: await boto3Presigned({ endpoint: server.url, keyPair: store.alice, signatureVersion: 's3v4' }, 600, ...calls)
  }

  t.jobs = 8
  for (const [i, [key, name]] of ODD_KEYS.entries()) {
    t.test(JSON.stringify(key), { buffered: true }, async (t) => {
      const { Body } = await alice.send(new GetObjectTorrentCommand({ Bucket: bucket, Key: key }))
      const torrent = Buffer.from(await Body?.transformToByteArray() ?? [])
      const view = await parsed(torrent)
      t.equal(view.name, name)
      t.equal(
        view.pieces.join(),
        (await pieceHashesOf(contentOf(key), 16384)).map((hash) => hash.toString('hex')).join(),
        'of this object and no other'
      )

      const [seed = '', ...more] = view.urlList
      t.strictSame(more, [])
      t.ok((await httpGet(seed)).body.equals(contentOf(key)), 'the web seed as written')
      t.equal(new URL(seed).href, seed, 'has nothing that a URL parser changes')

      t.same((await httpGet(`${server.url}/${bucket}/${escaped(key)}?torrent`)).body, torrent, 'every byte escaped')
      const headers = { host: `${bucket}.s3.test:${server.port}` }
      t.same(
        (await httpGet({ port: server.port, path: `/${escaped(key)}?torrent` }, { headers })).body,
        torrent,
        'virtual-hosted'
      )
      t.same((await httpGet(presigned.v2[i] ?? '')).body, torrent, 'presigned, version 2')
      t.same((await httpGet(presigned.v4[i] ?? '')).body, torrent, 'presigned, version 4')
    })
  }

  t.test('. and .. have a torrent, and no web seed: no spelling of such a path survives a client', async (t) => {
    for (const key of ['.', '..']) {
      await put(key)
      const { Body } = await alice.send(new GetObjectTorrentCommand({ Bucket: bucket, Key: key }))
      const view = await checkTorrent(t, Buffer.from(await Body?.transformToByteArray() ?? []), {
        name: 'object', content: contentOf(key), pieceLength: 16384
      })
      t.strictSame(view.webSeeds, [])
    }
  })

  t.test('1,024 bytes of key are served, 1,025 are KeyTooLongError', async (t) => {
    const key = 'é'.repeat(512)
    await put(key)
    const { body } = await httpGet(`${server.url}/${bucket}/${escaped(key)}?torrent`)
    const view = await checkTorrent(t, body, { name: 'é'.repeat(120), content: contentOf(key), pieceLength: 16384 })
    t.equal(view.webSeeds.length, 1)
    const refused = await httpGet(`${server.url}/${bucket}/${escaped(key)}x?torrent`)
    t.equal(refused.status, 400)
    t.match(
      refused.body.toString(),
      '<Code>KeyTooLongError</Code><Message>Your key is too ' +
      'long</Message><Size>1025</Size><MaxSizeAllowed>1024</MaxSizeAllowed>'
    )
  })
})
