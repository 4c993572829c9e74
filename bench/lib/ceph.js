import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { spawnSync } from 'node:child_process'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUCKET } from './content.js'
import { freePort } from './ports.js'
import { cleanEnv, run } from './process.js'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true' // the SDK's advice for later versions

export const CEPH = ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph', 'curl']

const script = fileURLToPath(new URL('../../test/support/ceph.sh', import.meta.url))
const alice = { accessKeyId: 'ALICEACCESSKEY000001', secretAccessKey: 'alicesecretkey0000000000000000000000000' }
const bob = { accessKeyId: 'BOBACCESSKEY00000001', secretAccessKey: 'bobsecretkey000000000000000000000000000' }
const keys = {
  ALICE_KEY: alice.accessKeyId,
  ALICE_SECRET: alice.secretAccessKey,
  BOB_KEY: bob.accessKeyId,
  BOB_SECRET: bob.secretAccessKey
}

/** Starts the Ceph of the system tests, with its gateway, until the row is over. All its objects are public. */
export async function startCeph (bench, objects) {
  bench.say('starting Ceph')
  const dir = bench.folder('ceph')
  // The daemons of Ceph are in no process group of the bench, so its script stops them.
  const down = () => spawnSync('bash', [script, 'down', dir], { env: cleanEnv() })
  process.prependOnceListener('exit', down) // while its pid files are there
  bench.atEnd(() => {
    down()
    process.off('exit', down)
  })
  const url = `http://127.0.0.1:${await freePort()}`
  await run('bash', [script, 'up', dir, new URL(url).port, String(await freePort())], { env: keys })
  await upload(bench, url, objects)
  const credentials = join(bench.folder('credentials'), 'credentials')
  writeFileSync(
    credentials,
    `[alice]\naws_access_key_id = ${alice.accessKeyId}\naws_secret_access_key = ${alice.secretAccessKey}\n`,
    { mode: 0o600 }
  )
  return { url, keyPair: alice, asOrigin: { origin: url, args: ['--credentials-file', credentials] } }
}

async function upload (bench, endpoint, objects) {
  const client = new S3Client({
    endpoint, region: 'us-east-1', credentials: alice, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED'
  })
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    bench.say('storing objects')
    for (const { key, path, size } of objects) {
      await client.send(new PutObjectCommand({
        Bucket: BUCKET, Key: key, Body: createReadStream(path), ContentLength: size, ACL: 'public-read'
      }))
    }
  } finally {
    client.destroy()
  }
}
