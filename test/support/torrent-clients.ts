import { GetObjectTorrentCommand } from '@aws-sdk/client-s3'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { boto3Presigned, boto3Torrents } from './boto3.js'
import { awsEnv } from './clean-env.js'
import { runClient } from './clients.js'
import type { ClientRun } from './clients.js'
import { httpGet } from './http-get.js'
import type { KeyPair } from './key-pair.js'
import { programPath } from './programs.js'
import { s3Client } from './s3-client.js'
import type { Server } from './server.js'
import { checkTorrent, tempDir } from './torrent-check.js'
import type { TorrentOf } from './torrent-check.js'

export const clientPrograms = [
  'aws', 'python-boto3', 'curl', 's3cmd', 'python-libtorrent', 'transmission-show'
] as const

/** Objects of one bucket, which `keyPair` may read and list, behind a server with `--domain s3.test`. */
export interface ClientsTarget {
  server: Server
  keyPair: KeyPair
  bucket: string
  /** Who owns the bucket. */
  owner: string
  /** Not readable unsigned. */
  key: string
  object: TorrentOf
  publicKey: string
  publicObject: TorrentOf
}

/** The operation through the clients that have it, and s3cmd, which has not. */
export function testClients (t: Test, target: ClientsTarget): void {
  const { server, keyPair, bucket, owner, key, object, publicKey, publicObject } = target
  const endpoint = server.url
  const virtual = `http://s3.test:${server.port}`
  const missing = 'no/such/key.bin'
  const noSuchKey = 'The specified key does not exist.'

  t.test('aws s3api get-object-torrent', async (t) => {
    const dir = tempDir(t)
    const aws = (out: string, ...args: string[]): Promise<ClientRun> => runClient(programPath('aws'), [
      's3api', 'get-object-torrent', '--endpoint-url', endpoint, '--bucket', bucket, ...args, out
    ], { seconds: 60, env: awsEnv(keyPair), cwd: dir })
    const [plain, payer, rightOwner, wrongOwner, none, unsigned] = await Promise.all([
      aws('plain.torrent', '--key', key),
      aws('payer.torrent', '--key', key, '--request-payer', 'requester'),
      aws('owner.torrent', '--key', key, '--expected-bucket-owner', owner),
      aws('wrong-owner.torrent', '--key', key, '--expected-bucket-owner', '999999999999'),
      aws('none.torrent', '--key', missing),
      aws('unsigned.torrent', '--key', publicKey, '--no-sign-request')
    ])
    for (const run of [plain, payer, rightOwner, unsigned]) t.equal(run.code, 0, run.output)
    const torrent = readFileSync(join(dir, 'plain.torrent'))
    await checkTorrent(t, torrent, object)
    t.same(readFileSync(join(dir, 'payer.torrent')), torrent, '--request-payer')
    t.same(readFileSync(join(dir, 'owner.torrent')), torrent, '--expected-bucket-owner')
    await checkTorrent(t, readFileSync(join(dir, 'unsigned.torrent')), publicObject)
    const failed = (run: ClientRun, code: string, message: string): void => {
      t.ok(run.code === 254 || run.code === 255, `exit code ${run.code}`)
      t.match(run.output, `An error occurred (${code}) when calling the GetObjectTorrent operation: ${message}`)
    }
    failed(wrongOwner, 'AccessDenied', 'Access Denied')
    failed(none, 'NoSuchKey', noSuchKey)
    t.strictSame(
      readdirSync(dir).sort(),
      ['owner.torrent', 'payer.torrent', 'plain.torrent', 'unsigned.torrent'],
      'a refusal leaves no file'
    )
  })

  t.test('boto3 get_object_torrent', async (t) => {
    const asked = { Bucket: bucket, Key: key }
    const [plain, payer, rightOwner, wrongOwner, none] = await boto3Torrents({ endpoint, keyPair },
      asked, { ...asked, RequestPayer: 'requester' }, { ...asked, ExpectedBucketOwner: owner }, {
        ...asked, ExpectedBucketOwner: '999999999999'
      }, {
        ...asked, Key: missing
      })
    const torrent = plain?.torrent ?? Buffer.alloc(0)
    await checkTorrent(t, torrent, object)
    t.same(payer?.torrent, torrent)
    t.same(rightOwner?.torrent, torrent)
    t.strictSame(wrongOwner, { code: 'AccessDenied', message: 'Access Denied', status: 403 })
    t.strictSame(none, { code: 'NoSuchKey', message: noSuchKey, status: 404 })
    const others = await Promise.all([
      boto3Torrents({ endpoint, keyPair, signatureVersion: 's3v4' }, asked),
      boto3Torrents({ endpoint, keyPair, signatureVersion: 's3' }, asked),
      boto3Torrents(
        { endpoint: virtual, keyPair, signatureVersion: 's3v4', addressing: 'virtual', everyHostIsLoopback: true },
        asked
      ),
      boto3Torrents(
        { endpoint: virtual, keyPair, signatureVersion: 's3', addressing: 'virtual', everyHostIsLoopback: true }, asked
      )
    ])
    for (const [i, name] of ['s3v4', 's3', 's3v4, virtual-hosted', 's3, virtual-hosted'].entries()) {
      t.same(others[i]?.[0]?.torrent, torrent, name)
    }
  })

  t.test('boto3 generate_presigned_url', async (t) => {
    const asked = { Bucket: bucket, Key: key }
    const [[v2 = ''], [v4 = ''], [payer = '']] = await Promise.all([
      boto3Presigned({ endpoint, keyPair }, 600, asked),
      boto3Presigned({ endpoint, keyPair, signatureVersion: 's3v4' }, 600, asked),
      boto3Presigned({ endpoint, keyPair, signatureVersion: 's3v4' }, 600, {
        ...asked, RequestPayer: 'requester', ExpectedBucketOwner: owner
      })
    ])
    t.match(v2, /[?&]AWSAccessKeyId=.*&Signature=|[?&]Signature=.*&AWSAccessKeyId=/, 'version 2 by default')
    t.match(v4, 'X-Amz-Signature=')
    const torrents: Buffer[] = []
    for (const url of [v2, v4]) {
      const { status, body } = await httpGet(url)
      t.equal(status, 200, 'status')
      torrents.push(body)
      const forged = await httpGet(url.replace(encodeURI(key), encodeURI(publicKey)))
      t.equal(forged.status, 403, 'for no other key')
      t.match(forged.body.toString(), '<Code>SignatureDoesNotMatch</Code>')
    }
    await checkTorrent(t, torrents[0] ?? Buffer.alloc(0), object)
    t.same(torrents[1], torrents[0])
    const signedHeaders = await httpGet(payer, {
      headers: { 'x-amz-request-payer': 'requester', 'x-amz-expected-bucket-owner': owner }
    })
    t.equal(signedHeaders.status, 200, 'with the signed headers')
    const unsignedHeaders = await httpGet(payer)
    t.equal(unsignedHeaders.status, 403, 'signed headers that are not sent')
  })

  t.test('@aws-sdk/client-s3 GetObjectTorrentCommand', async (t) => {
    const client = s3Client(t, { endpoint, keyPair })
    const asked = { Bucket: bucket, Key: key }
    const { Body, $metadata } = await client.send(new GetObjectTorrentCommand({
      ...asked, RequestPayer: 'requester', ExpectedBucketOwner: owner
    }))
    t.equal($metadata.httpStatusCode, 200)
    const torrent = Buffer.from(await Body?.transformToByteArray() ?? [])
    await checkTorrent(t, torrent, object)
    const hosted = await s3Client(t, { endpoint: virtual, keyPair, virtualHosted: true }).send(
      new GetObjectTorrentCommand(asked)
    )
    t.same(Buffer.from(await hosted.Body?.transformToByteArray() ?? []), torrent, 'virtual-hosted')
    await t.rejects(client.send(new GetObjectTorrentCommand({ ...asked, Key: missing })), {
      name: 'NoSuchKey', message: noSuchKey, $metadata: { httpStatusCode: 404 }
    })
    await t.rejects(client.send(new GetObjectTorrentCommand({ ...asked, ExpectedBucketOwner: '999999999999' })), {
      name: 'AccessDenied', $metadata: { httpStatusCode: 403 }
    })
  })

  t.test('curl', async (t) => {
    const curl = (dir: string, ...args: string[]): Promise<ClientRun> => runClient(
      programPath('curl'), ['-q', '-sS', '--fail', ...args], { seconds: 30, cwd: dir }
    )
    const url = `${endpoint}/${bucket}/${encodeURI(publicKey)}?torrent`
    const anonymous = tempDir(t)
    const saved = await curl(anonymous, '-OJ', url)
    t.equal(saved.code, 0, saved.output)
    t.strictSame(readdirSync(anonymous), [`${publicObject.name}.torrent`], 'curl -OJ')
    const torrent = readFileSync(join(anonymous, `${publicObject.name}.torrent`))
    await checkTorrent(t, torrent, publicObject)

    const hosted = tempDir(t)
    const run = await curl(
      hosted,
      '--resolve',
      `${bucket}.s3.test:${server.port}:127.0.0.1`,
      '-OJ',
      `http://${bucket}.s3.test:${server.port}/${encodeURI(publicKey)}?torrent`
    )
    t.equal(run.code, 0, run.output)
    t.same(readFileSync(join(hosted, `${publicObject.name}.torrent`)), torrent, 'virtual-hosted')

    // curl 7.88 leaves out the header that S3 demands, and signs a bare ?torrent without the = that S3 does.
    const signed = await curl(hosted, '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user',
    `${keyPair.accessKeyId}:${keyPair.secretAccessKey}`,
    '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '-o', 'signed.torrent',
      `${endpoint}/${bucket}/${encodeURI(key)}?torrent=`)
    t.equal(signed.code, 0, signed.output)
    await checkTorrent(t, readFileSync(join(hosted, 'signed.torrent')), object)

    const refused = await curl(hosted, '-o', 'none.torrent', `${endpoint}/${bucket}/${missing}?torrent`)
    t.equal(refused.code, 22, refused.output)
    t.notOk(existsSync(join(hosted, 'none.torrent')))
  })

  t.test('s3cmd info and get', async (t) => {
    const dir = tempDir(t)
    const s3cmd = (...args: string[]): Promise<ClientRun> => runClient(programPath('s3cmd'), [
      '--config=/dev/null', '--no-ssl', `--host=127.0.0.1:${server.port}`, `--host-bucket=127.0.0.1:${server.port}`,
      `--access_key=${keyPair.accessKeyId}`, `--secret_key=${keyPair.secretAccessKey}`, '--no-progress', ...args
    ], { seconds: 60, env: awsEnv(), cwd: dir })
    const [info, get, none] = await Promise.all([
      s3cmd('info', `s3://${bucket}/${key}`),
      s3cmd('get', `s3://${bucket}/${key}`, 'object.bin'),
      s3cmd('info', `s3://${bucket}/${missing}`)
    ])
    t.equal(info.code, 0, info.output)
    t.match(info.stdout, new RegExp(`File size: ${object.content.length}\n`))
    t.equal(get.code, 0, get.output)
    t.ok(readFileSync(join(dir, 'object.bin')).equals(object.content), 'the object itself')
    t.equal(none.code, 12, none.output)
    t.match(none.output, '404')
  })
}
