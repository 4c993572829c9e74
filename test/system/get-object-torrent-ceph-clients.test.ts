import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import { need } from '../support/programs.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'
import { clientPrograms, testClients } from '../support/torrent-clients.js'

t.test('GetObjectTorrent on Ceph through every client', async (t) => {
  const store = ceph(t)
  if (store === undefined || !need(t, ...clientPrograms)) return
  const bucket = bucketName('clients')
  const alice = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  const content = contentAt(1, 0, 100_000)
  const publicContent = contentAt(2, 0, 70_000)
  await alice.send(new CreateBucketCommand({ Bucket: bucket }))
  await alice.send(new PutObjectCommand({ Bucket: bucket, Key: 'films/private film.mkv', Body: content }))
  await alice.send(new PutObjectCommand({
    Bucket: bucket, Key: 'films/public film.mkv', Body: publicContent, ACL: 'public-read'
  }))
  testClients(t, {
    server: await startServer(t, {
      args: ['--origin', store.endpoint, '--credentials-file', store.credentialsFile, '--domain', 's3.test']
    }),
    keyPair: store.alice,
    bucket,
    owner: 'alice',
    key: 'films/private film.mkv',
    object: { name: 'private film.mkv', content, pieceLength: 16384 },
    publicKey: 'films/public film.mkv',
    publicObject: { name: 'public film.mkv', content: publicContent, pieceLength: 16384 }
  })
})
