import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { AwsCredentials } from '../../src/credentials/aws-credentials.js'
import { NoCredentials } from '../../src/credentials/credential-chain.js'
import { Outbound } from '../../src/net/outbound.js'
import { OutboundHttpHandler } from '../../src/net/outbound-http-handler.js'
import { until } from '../support/until.js'

// The SDK looks at the process's own environment.
const dir = t.testdir({ empty: '', token: 'the service account' })
const CLEAN = {
  PATH: process.env['PATH'] ?? '',
  HOME: dir,
  AWS_CONFIG_FILE: join(dir, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials')
}
const requestHandler = new OutboundHttpHandler(Outbound.direct, { connectMs: 5_000, answerMs: 10_000 })

async function fake (t: Test, answer: (request: IncomingMessage, body: string) => string | number): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => { body += text })
    request.on('end', () => {
      const given = answer(request, body)
      response.statusCode = typeof given === 'number' ? given : 200
      response.end(typeof given === 'number' ? '' : given)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => { server.close().closeAllConnections() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function find (
  t: Test,
  env: Record<string, string>,
  { profile, onRenewal, limitMs }: {
    profile?: string
    onRenewal?: (failure: NoCredentials | undefined) => void
    limitMs?: number
  } = {}
): Promise<AwsCredentials> {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, CLEAN, env)
  const found = await AwsCredentials.find({
    env: { ...CLEAN, ...env },
    profile: profile ?? env['AWS_PROFILE'],
    variables: undefined,
    region: 'eu-sts-1',
    requestHandler,
    ...(onRenewal && { onRenewal }),
    ...(limitMs !== undefined && { limitMs })
  })
  t.teardown(() => found.close())
  return found
}

/** Pairs that end soon, another one every time. */
function pairs (seconds = 3): {
  next: () => { id: string, secret: string, token: string, end: string }
  asked: () => number
} {
  let n = 0
  return {
    asked: () => n,
    next: () => ({
      id: `PAIR${++n}`,
      secret: `secret${n}`,
      token: `token${n}`,
      end: new Date(Date.now() + seconds * 1000).toISOString()
    })
  }
}

const files = (config: string, credentials = ''): void => {
  writeFileSync(CLEAN.AWS_CONFIG_FILE, config)
  writeFileSync(CLEAN.AWS_SHARED_CREDENTIALS_FILE, credentials)
}
const renewed = (found: AwsCredentials): Promise<unknown> => until(
  'another pair', () => found.keyPair?.accessKeyId !== 'PAIR1' && !found.hasEnded
)

t.test('the role of an instance, by IMDSv2, renewed before it ends', async (t) => {
  files('')
  const { next } = pairs()
  const endpoint = await fake(t, ({ method, url = '', headers }) => {
    if (method === 'PUT' && url === '/latest/api/token') return 'session'
    if (headers['x-aws-ec2-metadata-token'] !== 'session') return 401
    if (url === '/latest/meta-data/iam/security-credentials/') return 'role'
    const { id, secret, token, end } = next()
    return JSON.stringify({
      Code: 'Success', Type: 'AWS-HMAC', AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: end
    })
  })
  const found = await find(t, { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint })
  t.strictSame(found.keyPair, { accessKeyId: 'PAIR1', secretAccessKey: 'secret1', sessionToken: 'token1' })
  await renewed(found)
  t.match(found.keyPair, { sessionToken: /token[2-9]/ })
})

t.test('the role of a container; while it fails the pair of before is kept, and asked for again', async (t) => {
  files('')
  const { next } = pairs(1)
  let isDown = false
  const endpoint = await fake(t, ({ headers }) => {
    if (isDown || headers['authorization'] !== 'let me in') return 500
    const { id, secret, token, end } = next()
    return JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: end })
  })
  const failures: Array<string | undefined> = []
  const found = await find(
    t,
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/role`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let me in' },
    { onRenewal: (failure) => { failures.push(failure?.message) } }
  )
  t.equal(found.keyPair?.accessKeyId, 'PAIR1')
  t.notOk(found.hasEnded)
  isDown = true
  await until('a failure', () => failures.length > 0)
  t.match(failures[0], /./, 'why')
  t.notMatch(failures[0], 'let me in')
  t.ok(found.hasEnded)
  t.ok(found.keyPair, 'which is no stranger')
})

t.test("a service account's token, by STS", async (t) => {
  files('')
  const { next } = pairs()
  const asked: string[] = []
  const sts = await fake(t, (_request, body) => {
    asked.push(body)
    const { id, secret, token, end } = next()
    return '<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>' +
      `${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken>` +
      `<Expiration>${end}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>` +
      '</AssumeRoleWithWebIdentityResponse>'
  })
  const found = await find(t, {
    AWS_ENDPOINT_URL_STS: sts,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(dir, 'token'),
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/x',
    AWS_EC2_METADATA_DISABLED: 'true'
  })
  t.equal(found.keyPair?.accessKeyId, 'PAIR1')
  t.match(asked[0], 'WebIdentityToken=the%20service%20account')
  writeFileSync(join(dir, 'token'), 'another one')
  await renewed(found)
  t.match(asked.at(-1), 'another%20one', 'the file is read anew')
})

t.test('a role that a profile with a space assumes from another one', async (t) => {
  const { next } = pairs(3600)
  let signed = ''
  const sts = await fake(t, ({ headers }) => {
    signed = String(headers['authorization'])
    const { id, secret, token, end } = next()
    return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>` +
      `${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${end}</Expiration>` +
      '</Credentials></AssumeRoleResult></AssumeRoleResponse>'
  })
  files(
    '[profile "my team"]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = the base\n',
    '[the base]\naws_access_key_id = BASE\naws_secret_access_key = s\n'
  )
  const found = await find(t, { AWS_ENDPOINT_URL_STS: sts, AWS_PROFILE: 'my team' })
  t.equal(found.keyPair?.accessKeyId, 'PAIR1')
  t.match(signed, /Credential=BASE\/\d+\/eu-sts-1\/sts\//)
})

t.test('a credential_process', async (t) => {
  const end = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()
  writeFileSync(join(dir, 'pair'), JSON.stringify({
    Version: 1, AccessKeyId: 'PAIR1', SecretAccessKey: 's', SessionToken: 't', Expiration: end(3)
  }))
  files(`[profile p]\ncredential_process: cat ${join(dir, 'pair')}\n`)
  const found = await find(t, { AWS_PROFILE: 'p' })
  t.equal(found.keyPair?.accessKeyId, 'PAIR1')
  writeFileSync(join(dir, 'pair'), JSON.stringify({
    Version: 1, AccessKeyId: 'PAIR2', SecretAccessKey: 's', SessionToken: 't'
  }))
  await renewed(found)
  t.equal(found.keyPair?.accessKeyId, 'PAIR2')
})

t.test('an attempt that hangs is given up, and what it says later counts for nothing', async (t) => {
  const end = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()
  const pair = (id: string, seconds: number): string => JSON.stringify({
    Version: 1, AccessKeyId: id, SecretAccessKey: 's', SessionToken: 't', Expiration: end(seconds)
  })
  writeFileSync(join(dir, 'pair'), pair('PAIR1', 2))
  writeFileSync(
    join(dir, 'script'),
    `[ -e ${dir}/hangs ] && { sleep 5; touch ${dir}/hung; }\n` +
    `cat ${dir}/pair\n[ ! -e ${dir}/hung ] || touch ${dir}/ended\n`
  )
  files(`[profile p]\ncredential_process = sh ${join(dir, 'script')}\n`)
  const failures: Array<string | undefined> = []
  const found = await find(t, { AWS_PROFILE: 'p' }, {
    limitMs: 500, onRenewal: (failure) => { failures.push(failure?.message) }
  })
  t.equal(found.keyPair?.accessKeyId, 'PAIR1')
  writeFileSync(join(dir, 'hangs'), '')
  await until('a failure', () => failures.length > 0)
  t.equal(failures[0], 'no answer within 0.5 s')
  rmSync(join(dir, 'hangs'))
  writeFileSync(join(dir, 'pair'), pair('PAIR2', 3600))
  await until('another attempt', () => found.keyPair?.accessKeyId === 'PAIR2')
  writeFileSync(join(dir, 'pair'), pair('PAIR3', 3600))
  await until('the end of the first one', () => existsSync(join(dir, 'ended')))
  for (let turns = 0; turns < 100; turns++) await stat(dir) // what it has said is read by now
  t.equal(found.keyPair?.accessKeyId, 'PAIR2')
  t.equal(failures.at(-1), undefined, 'it was renewed')
})

t.test('a value that the SDK would cut is refused', async (t) => {
  files('[profile p]\ncredential_process = sh -c "a ; b"\n')
  await t.rejects(find(t, { AWS_PROFILE: 'p' }), {
    message: /^The option credential_process of the AWS profile p has " #" or " ;" in its value/
  })
})

t.test('none is a reason', async (t) => {
  files('[profile p]\ncredential_process = sh -c "echo sealed >&2; exit 1" --token hunter2\n')
  await t.rejects(find(t, { AWS_PROFILE: 'p', AWS_EC2_METADATA_DISABLED: 'true' }), {
    name: 'NoCredentials', message: 'the credential_process failed: sealed'
  })
  await t.rejects(find(t, { AWS_EC2_METADATA_DISABLED: 'true' }), NoCredentials)
  const { next } = pairs(3600)
  const role = await fake(t, () => {
    const { id, secret, token, end } = next()
    return JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: end })
  })
  await t.rejects(
    find(t, { AWS_PROFILE: 'p', AWS_CONTAINER_CREDENTIALS_FULL_URI: role }),
    { message: 'the credential_process failed: sealed' },
    "nobody else's is taken"
  )
  await t.rejects(find(t, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/' }), { message: /ECONNREFUSED/ })
})
