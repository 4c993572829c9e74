import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { inLanes } from '../../src/util/in-lanes.js'
import { ceph } from '../support/ceph.js'
import { httpGet } from '../support/http-get.js'
import { bucketName, s3Client } from '../support/s3-client.js'
import { startServer } from '../support/server.js'

const FOLDERS = 503
const OBJECTS = { 'a b+c%2F': true, '日本 😀': true, 'tab\tin it': true, secret: false } as const

t.test('pages before Ceph: folders, odd keys, and what is private', async (t) => {
  const store = ceph(t)
  if (store === undefined) return
  const [bucket, closed] = [bucketName('browse'), bucketName('browse-closed')]
  const server = await startServer(t, { args: ['--origin', store.endpoint, '--browse', 'on'] })
  const alice = s3Client(t, { endpoint: store.endpoint, keyPair: store.alice })
  await alice.send(new CreateBucketCommand({ Bucket: bucket, ACL: 'public-read' }))
  await alice.send(new CreateBucketCommand({ Bucket: closed }))
  const folder = (i: number): string => `f${String(i).padStart(3, '0')}/`
  const keys = Array.from({ length: FOLDERS }, (_, i) => [`${folder(i)}x`, true] as const)
  await inLanes(16, [...keys, ...Object.entries(OBJECTS)], async ([Key, isPublic]) => {
    await alice.send(new PutObjectCommand({
      Bucket: bucket, Key, Body: 'x', ...(isPublic && { ACL: 'public-read' as const })
    }))
  }, new AbortController().signal)

  const names: string[] = []
  let pages = 0
  for (let url: string | undefined = `${server.url}/-/browse/${bucket}/`; url !== undefined && pages < 5; pages++) {
    const { status, body } = await httpGet(url)
    t.equal(status, 200)
    names.push(...[...body.toString().matchAll(/<tr><td[^>]*><a [^>]*><bdi[^>]*>(.*?)<\/bdi>/g)].map(
      ([, name = '']) => name
    ))
    url = /rel="next" href="([^"]*)"/.exec(body.toString())?.[1]?.replaceAll('&amp;', '&')
  }
  t.equal(pages, 2)
  t.strictSame(names, [
    'a b+c%2F', ...Array.from({ length: FOLDERS }, (_, i) => folder(i)), String.raw`tab\u0009in it`, '日本 😀'
  ])
  t.equal((await httpGet(`${server.url}/-/browse/${closed}/`)).status, 403)
  t.equal((await httpGet(`${server.url}/-/browse/${bucketName('none')}/`)).status, 404)
})
