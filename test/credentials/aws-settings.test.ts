import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AwsSettingsError, awsEndpoint, awsSettings } from '../../src/credentials/aws-settings.js'
import type { AwsFlags } from '../../src/credentials/aws-settings.js'

const dir = t.testdir({})
writeFileSync(join(dir, 'config'), `[default]
region = eu-default-1
[profile alice]
region = eu-west-9
endpoint_url = http://profile.example
services = local
s3 =
  addressing_style = virtual
[profile general]
endpoint_url = http://general.example
[profile path]
s3 =
  addressing_style = path
[profile deaf]
ignore_configured_endpoint_urls = true
endpoint_url = http://deaf.example
[services local]
s3 =
  endpoint_url = http://services.example
dynamodb =
  endpoint_url = http://dynamodb.example
`)
writeFileSync(join(dir, 'credentials'), '[bob]\naws_access_key_id = AKIABOB\naws_secret_access_key = s\nregion = eu-bob-1\n')
const files = { AWS_CONFIG_FILE: join(dir, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials') }
const ask = (env: NodeJS.ProcessEnv, flags: AwsFlags = {}) => awsSettings(flags, { ...files, ...env })

t.test('flags, then variables, then files, as in aws-cli', async (t) => {
  const cases: Array<[what: string, env: NodeJS.ProcessEnv, flags: AwsFlags, expected: object]> = [
    ['the default profile', {}, {}, { endpointUrl: undefined, region: 'eu-default-1', addressing: 'virtual', profile: undefined }],
    ['AWS_PROFILE, its services section before its endpoint_url', { AWS_PROFILE: 'alice' }, {}, { endpointUrl: 'http://services.example', region: 'eu-west-9', addressing: 'virtual', profile: 'alice' }],
    ["aws-cli's older name of it", { AWS_DEFAULT_PROFILE: 'general' }, {}, { endpointUrl: 'http://general.example', profile: 'general' }],
    ['--profile before both', { AWS_PROFILE: 'alice' }, { profile: 'general' }, { endpointUrl: 'http://general.example', addressing: 'path' }],
    ['a profile of the credentials file alone', { AWS_PROFILE: 'bob' }, {}, { endpointUrl: undefined, region: 'eu-bob-1' }],
    ['AWS_ENDPOINT_URL before the files', { AWS_PROFILE: 'alice', AWS_ENDPOINT_URL: 'http://env.example' }, {}, { endpointUrl: 'http://env.example' }],
    ['AWS_ENDPOINT_URL_S3 before it', { AWS_ENDPOINT_URL: 'http://env.example', AWS_ENDPOINT_URL_S3: 'http://s3.example' }, {}, { endpointUrl: 'http://s3.example', addressing: 'path' }],
    ['--endpoint-url before all', { AWS_ENDPOINT_URL_S3: 'http://s3.example' }, { endpointUrl: 'http://flag.example' }, { endpointUrl: 'http://flag.example' }],
    ['configured endpoints ignored by variable', { AWS_ENDPOINT_URL_S3: 'http://s3.example', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE' }, {}, { endpointUrl: undefined }],
    ['and by profile', { AWS_PROFILE: 'deaf', AWS_ENDPOINT_URL: 'http://env.example' }, {}, { endpointUrl: undefined }],
    ['but not the flag', { AWS_PROFILE: 'deaf' }, { endpointUrl: 'http://flag.example' }, { endpointUrl: 'http://flag.example' }],
    ['AWS_DEFAULT_REGION', { AWS_DEFAULT_REGION: 'eu-two-2' }, {}, { region: 'eu-two-2' }],
    ['AWS_REGION before it', { AWS_REGION: 'eu-one-1', AWS_DEFAULT_REGION: 'eu-two-2' }, {}, { region: 'eu-one-1' }],
    ['--region before both', { AWS_REGION: 'eu-one-1' }, { region: 'eu-flag-1' }, { region: 'eu-flag-1' }],
    ['no region at all', { AWS_PROFILE: 'general' }, {}, { region: 'us-east-1' }],
    ['empty variables are none', { AWS_PROFILE: '', AWS_REGION: '', AWS_ENDPOINT_URL: '' }, {}, { endpointUrl: undefined, region: 'eu-default-1' }],
    ['path style at AWS', { AWS_PROFILE: 'path' }, {}, { addressing: 'path' }]
  ]
  for (const [what, env, flags, expected] of cases) t.match(await ask(env, flags), expected, what)
})

t.test('a profile that is not there', async (t) => {
  await t.rejects(ask({}, { profile: 'nobody' }), new AwsSettingsError('There is no AWS profile "nobody"; there are default, alice, general, path, deaf, bob.'))
  await t.rejects(awsSettings({ profile: 'nobody' }, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }), new AwsSettingsError('There is no AWS profile "nobody": neither ~/.aws/config nor ~/.aws/credentials has any.'))
  t.match(await awsSettings({}, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/missing/file' }), { region: 'us-east-1', profile: undefined }, 'the default one need not be')
})

t.test("AWS's own endpoints", async (t) => {
  t.equal(awsEndpoint('eu-west-1'), 'https://s3.eu-west-1.amazonaws.com')
  t.equal(awsEndpoint('cn-north-1'), 'https://s3.cn-north-1.amazonaws.com.cn')
})
