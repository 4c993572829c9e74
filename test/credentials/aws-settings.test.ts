import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AwsFileError, readAwsFiles } from '../../src/credentials/aws-files.js'
import { AwsSettingsError, awsEndpoint, awsSettings } from '../../src/credentials/aws-settings.js'
import type { AwsFlags } from '../../src/credentials/aws-settings.js'
import { awsEnv } from '../support/clean-env.js'
import { need, programPath } from '../support/programs.js'

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
[profile acme.Admin]
region = eu-dot-1
[profile "my team"]
region: eu-space-1
endpoint_url : http://space.example:9000
[services local]
s3 =
  endpoint_url = http://services.example
dynamodb =
  endpoint_url = http://dynamodb.example
`)
writeFileSync(
  join(dir, 'credentials'), '[bob]\naws_access_key_id = AKIABOB\naws_secret_access_key = s\nregion = eu-bob-1\n'
)
const files = { AWS_CONFIG_FILE: join(dir, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials') }
const ask = (env: NodeJS.ProcessEnv, flags: AwsFlags = {}) => awsSettings(flags, { ...files, ...env })

t.test('flags, then variables, then files, as in aws-cli', async (t) => {
  const cases: Array<[what: string, env: NodeJS.ProcessEnv, flags: AwsFlags, expected: object]> = [
    ['the default profile', {}, {}, {
      endpointUrl: undefined, region: 'eu-default-1', addressing: 'virtual', profile: undefined
    }],
    ['AWS_PROFILE, its services section before its endpoint_url', { AWS_PROFILE: 'alice' }, {}, {
      endpointUrl: 'http://services.example', region: 'eu-west-9', addressing: 'virtual', profile: 'alice'
    }],
    ["aws-cli's older name of it", { AWS_DEFAULT_PROFILE: 'general' }, {}, {
      endpointUrl: 'http://general.example', profile: 'general'
    }],
    ['--profile before both', { AWS_PROFILE: 'alice' }, { profile: 'general' }, {
      endpointUrl: 'http://general.example', addressing: 'path'
    }],
    ['a profile of the credentials file alone', { AWS_PROFILE: 'bob' }, {}, {
      endpointUrl: undefined, region: 'eu-bob-1'
    }],
    ['AWS_ENDPOINT_URL before the files', { AWS_PROFILE: 'alice', AWS_ENDPOINT_URL: 'http://env.example' }, {}, {
      endpointUrl: 'http://env.example'
    }],
    [
      'AWS_ENDPOINT_URL_S3 before it',
      { AWS_ENDPOINT_URL: 'http://env.example', AWS_ENDPOINT_URL_S3: 'http://s3.example' },
      {},
      { endpointUrl: 'http://s3.example', addressing: 'path' }
    ],
    ['--endpoint-url before all', { AWS_ENDPOINT_URL_S3: 'http://s3.example' }, {
      endpointUrl: 'http://flag.example'
    }, {
      endpointUrl: 'http://flag.example'
    }],
    [
      'configured endpoints ignored by variable',
      { AWS_ENDPOINT_URL_S3: 'http://s3.example', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE' },
      {},
      { endpointUrl: undefined }
    ],
    ['and by profile', { AWS_PROFILE: 'deaf', AWS_ENDPOINT_URL: 'http://env.example' }, {}, { endpointUrl: undefined }],
    ['but not the flag', { AWS_PROFILE: 'deaf' }, { endpointUrl: 'http://flag.example' }, {
      endpointUrl: 'http://flag.example'
    }],
    ['AWS_DEFAULT_REGION', { AWS_DEFAULT_REGION: 'eu-two-2' }, {}, { region: 'eu-two-2' }],
    ['AWS_REGION before it', { AWS_REGION: 'eu-one-1', AWS_DEFAULT_REGION: 'eu-two-2' }, {}, { region: 'eu-one-1' }],
    ['--region before both', { AWS_REGION: 'eu-one-1' }, { region: 'eu-flag-1' }, { region: 'eu-flag-1' }],
    ['no region at all', { AWS_PROFILE: 'general' }, {}, { region: 'us-east-1' }],
    ['empty variables are none', { AWS_PROFILE: '', AWS_REGION: '', AWS_ENDPOINT_URL: '' }, {}, {
      endpointUrl: undefined, region: 'eu-default-1'
    }],
    ['a dot in its name', { AWS_PROFILE: 'acme.Admin' }, {}, { region: 'eu-dot-1', profile: 'acme.Admin' }],
    ['a space', {}, { profile: 'my team' }, { region: 'eu-space-1', endpointUrl: 'http://space.example:9000' }],
    [
      'files at home, and by a variable in their path',
      {
        AWS_CONFIG_FILE: '~/config',
        AWS_SHARED_CREDENTIALS_FILE: '$D/credentials',
        D: dir,
        HOME: dir,
        AWS_PROFILE: 'bob'
      },
      {},
      { region: 'eu-bob-1' }
    ],
    ['path style at AWS', { AWS_PROFILE: 'path' }, {}, { addressing: 'path' }]
  ]
  for (const [what, env, flags, expected] of cases) t.match(await ask(env, flags), expected, what)
})

t.test('a profile that is not there', async (t) => {
  await t.rejects(ask({}, { profile: 'nobody' }), new AwsSettingsError(
    'There is no AWS profile "nobody"; there are default, alice, general, path, deaf, acme.Admin, my team, bob.'
  ))
  await t.rejects(
    awsSettings({ profile: 'nobody' }, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }),
    new AwsSettingsError('There is no AWS profile "nobody": neither /dev/null nor /dev/null has any.')
  )
  t.match(
    await awsSettings({}, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/missing/file' }),
    { region: 'us-east-1', profile: undefined },
    'the default one need not be'
  )
})

const PYTHON = `
import json, os, sys, tempfile, botocore.session, botocore.exceptions
for config, credentials in json.load(sys.stdin):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (('config', config), ('credentials', credentials)):
            which = 'CONFIG' if name == 'config' else 'SHARED_CREDENTIALS'
            os.environ['AWS_' + which + '_FILE'] = os.path.join(folder, name)
            with open(os.path.join(folder, name), 'wb') as file: file.write(text.encode('latin-1'))
        try:
            full = botocore.session.Session().full_config
            rest = {'services': full.get('services', {}), 'ssoSessions': full.get('sso_sessions', {})}
            print(json.dumps({'profiles': full['profiles'], **rest}))
        except botocore.exceptions.ConfigParseError:
            print(json.dumps('refused'))
`

const KEYS = 'aws_access_key_id = A\naws_secret_access_key = s\n'
const FILES: Array<[what: string, config: string, credentials?: string]> = [
  [
    'names with dots, slashes, colons and signs',
    '[profile acme.Admin]\na=1\n[profile a/b:c@d+e,f]\na=2\n[profile services.x]\na=3\n[profile ä]\na=4\n' +
    '[profile __proto__]\na=5\n'
  ],
  [
    'quoted names',
    '[profile "my team"]\na=1\n[profile \'her team\']\na=2\n[profile "a \\"b\\" \\\\ \\c"]\na=3\n' +
    '[profile its\\ team]\na=4\n[profile x"y z"w]\na=5\n[profile ""]\na=6\n[profile "open]\na=7\n'
  ],
  [
    'spaces around and between',
    '[profile   wide  ]\na=1\n[ profile x]\na=2\n[profile two words]\na=3\n[profile\ttab]\na=4\n[profile]\na=5\n' +
    '[ default ]\na=6\n'
  ],
  [
    'words that begin like the others',
    '[profiles p]\na=1\n[profilex]\na=2\n[services-x y]\na=3\n[sso-sessions z]\na=4\n[preview]\nx=1\n[plugins]\ny=2\n'
  ],
  ['case', '[profile Alice]\nRegion = X\n[profile alice]\nREGION = y\n[Default]\na=1\n[Profile x]\na=2\n'],
  ['[default] and [profile default]', '[default]\na=1\nb=1\n[profile default]\na=2\n'],
  ['the other way around', '[profile default]\na=2\n[default]\na=1\nb=1\n'],
  ['one profile in two spellings', '[profile a]\nx=1\ny=1\n[profile "a"]\nx=2\n'],
  [
    '[DEFAULT] is in every section',
    '[DEFAULT]\nregion = everywhere\n[profile a]\nx=1\n[profile b]\nregion = here\n',
    '[c]\n' + KEYS
  ],
  ['a section that is there twice', '[profile a]\nx=1\n[profile a]\ny=1\n'],
  ['a section that is there twice in the other file', '[default]\na=1\n', '[a]\nx=1\n[b]\n[a]\n'],
  ['an option that is there twice', '[default]\na=1\nA=2\n'],
  ['an option that is there twice in [DEFAULT]', '[DEFAULT]\na=1\n[x]\n[DEFAULT]\na=2\n'],
  ['[DEFAULT] twice', '[DEFAULT]\na=1\n[default]\n[DEFAULT]\nb=2\n'],
  [
    'comments',
    '# one\n; two\n[default]\n# three\na = 1 # no comment\nb = 2 ; nor this\n  # indented\nc = 3\n;d = 4\n#e = 5\n'
  ],
  ['comments behind a section', '[default] # home\na=1\n[profile x] ; [odd]\nb=1\n[profile y]z\nc=1\n'],
  ['= and :', '[default]\na: 1\nb:2\nc = d:e\nf : g=h\ni=\nj:\nk==l\nm = = n\n'],
  ['an option without either', '[default]\na\n'],
  ['an option without a name', '[default]\n= 1\n'],
  ['lines before any section', 'a = 1\n[default]\n'],
  ['lines that go on', '[default]\na = one\n  two\n\tthree\n\n  four\nb = x\n'],
  ['comments and empty lines between them', '[default]\na = one\n# comment\n  two\n\n\nb = x\n   \nc = y\n'],
  ['options that are indented', '  [default]\n  a = 1\n  b = 2\n [profile x]\n c = 3\n'],
  ['a section that is indented under a value', '[default]\na = 1\n  [profile x]\nb = 2\n'],
  [
    'nested values',
    '[default]\ns3 =\n  Addressing_Style = path\n  max = 1\n  url = a=b\nregion = r\ns3api =\n\tx=1\n\n  y = 2\n'
  ],
  ['a nested line without =', '[default]\ns3 =\n  addressing_style path\n'],
  ['a nested line with a colon alone', '[default]\ns3 =\n  addressing_style: path\n'],
  [
    'services and single sign-on',
    '[services local]\ns3 =\n  endpoint_url = http://a\n[services "two words"]\ns3 =\n  endpoint_url = http://b\n' +
    '[sso-session my.sso]\nsso_region = x\n[profile p]\nservices = two words\n'
  ],
  [
    'both files',
    '[default]\nregion = c\noutput = json\n[profile a]\nregion = c\n',
    '[default]\nregion = k\n[a]\naws_access_key_id = A\n[profile a]\nx=1\n[b c]\ny=1\n[my.team]\nz=1\n' +
    '[services.q]\nw=1\n'
  ],
  [
    'line ends of Windows',
    '[default]\r\nregion = eu-1\r\ns3 =\r\n  addressing_style = path\r\n[profile a]\r\nb = 1\r\n',
    '[default]\r\n' + KEYS.replaceAll('\n', '\r\n')
  ],
  ['line ends of old', '[default]\ra = 1\rb = 2\r'],
  ['interpolations are none', '[default]\na = %(b)s\nb = $HOME\nc = 100%\n'],
  ['no line feed at the end', '[default]\na = 1'],
  ['empty sections, and an empty file', '[default]\n[profile x]\n', ''],
  ['an empty name', '[]\na=1\n'],
  ['a bracket in the name', '[profile a]b]\nx=1\n'],
  ['what is no UTF-8', '[default]\na = \xE4\n']
]

t.test('both files are read as botocore reads them', async (t) => {
  if (!need(t, 'python-boto3')) return
  const input = FILES.map(([, config, credentials = '']) => [config, credentials])
  const lines = execFileSync(programPath('python-boto3'), ['-W', 'ignore', '-c', PYTHON], {
    env: { ...awsEnv(), PYTHONUTF8: '1' }, input: JSON.stringify(input), encoding: 'utf8', timeout: 60_000
  }).trim().split('\n')
  const plain = (value: unknown): unknown => value instanceof Map
    ? Object.fromEntries([...value as Map<string, unknown>].map(([name, inner]) => [` ${name}`, plain(inner)]))
    : value
  const spaced = (value: unknown): unknown => typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [` ${name}`, spaced(inner)]))
    : value
  for (const [i, [what, config, credentials = '']] of FILES.entries()) {
    writeFileSync(join(dir, 'a'), config, 'latin1')
    writeFileSync(join(dir, 'b'), credentials, 'latin1')
    const ours = await readAwsFiles({
      AWS_CONFIG_FILE: join(dir, 'a'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'b')
    }).then(({
      paths, ...files
    }) => plain(new Map(Object.entries(files))), (error: unknown) => {
      t.type(error, AwsFileError, what)
      return 'refused'
    })
    t.strictSame(ours, spaced(JSON.parse(lines[i] ?? '')), what)
  }
})

t.test('a file that aws-cli refuses is a sentence that quotes none of it', async (t) => {
  for (const [text, says] of [
    ['[default]\na=1\n[default]\n', /\/a cannot be read: line 3: a section that is there already\.$/],
    ['[default]\nsecret\n', /\/a cannot be read: line 2: neither \[section\] nor option = value\.$/],
    ['secret = 1\n', /\/a cannot be read: line 1: there is no \[section\] above it\.$/]
  ] as const) {
    writeFileSync(join(dir, 'a'), text)
    await t.rejects(ask({ AWS_CONFIG_FILE: join(dir, 'a') }), { name: 'AwsSettingsError', message: says })
  }
  truncateSync(join(dir, 'a'), 2 ** 26 + 1)
  await t.rejects(ask({ AWS_CONFIG_FILE: join(dir, 'a') }), {
    message: /\/a cannot be read: it has more than 67108864 bytes\.$/
  })
  writeFileSync(join(dir, 'a'), '\uFEFF[default]\nregion = eu-bom-1\n')
  t.match(
    await ask({ AWS_CONFIG_FILE: join(dir, 'a') }),
    { region: 'eu-bom-1' },
    'a byte order mark, which Python refuses, does no harm'
  )
})

t.test("AWS's own endpoints", async (t) => {
  t.equal(awsEndpoint('eu-west-1'), 'https://s3.eu-west-1.amazonaws.com')
  t.equal(awsEndpoint('cn-north-1'), 'https://s3.cn-north-1.amazonaws.com.cn')
})
