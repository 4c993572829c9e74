import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Proxies, ProxySettingsError } from '../../src/net/proxies.js'
import { awsEnv } from '../support/clean-env.js'
import { need, programPath } from '../support/programs.js'

const P = { HTTP_PROXY: 'http://p:3128', HTTPS_PROXY: 'http://s:3129' }
type Case = [url: string, env: Record<string, string>, proxy: string | undefined]

/** As botocore, too. */
const CASES: Case[] = [
  ['http://store.example/', {}, undefined],
  ['http://store.example/', P, 'http://p:3128'],
  ['https://store.example/', P, 'http://s:3129'],
  ['https://store.example/', { HTTP_PROXY: 'http://p:3128' }, undefined],
  ['http://store.example/', { HTTPS_PROXY: 'http://p:3128' }, undefined],
  ['http://store.example/', { ALL_PROXY: 'http://p:3128' }, undefined],
  ['http://store.example/', { ...P, http_proxy: 'http://q:1' }, 'http://q:1'],
  ['http://store.example/', { ...P, http_proxy: '' }, undefined],
  ['http://store.example/', { HTTP_PROXY: '' }, undefined],
  ['http://store.example/', { HTTP_PROXY: 'p:3128' }, 'http://p:3128'],
  ['http://store.example/', { ...P, NO_PROXY: '*' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'store.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'STORE.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: '.example' }, undefined],
  ['http://example/', { ...P, NO_PROXY: '.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'tore.example' }, 'http://p:3128'],
  ['http://store.example/', { ...P, NO_PROXY: 'a, store.example ,b' }, undefined],
  ['http://store.example:9000/', { ...P, NO_PROXY: 'store.example:9000' }, undefined],
  ['http://store.example:9000/', { ...P, NO_PROXY: 'store.example:9001' }, 'http://p:3128'],
  ['http://store.example:9000/', { ...P, NO_PROXY: 'example:9000' }, undefined],
  ['http://store.example:9000/', { ...P, NO_PROXY: 'store.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'x', no_proxy: 'store.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: 'store.example', no_proxy: 'x' }, 'http://p:3128'],
  ['http://store.example/', { ...P, NO_PROXY: '' }, 'http://p:3128'],
  ['http://127.0.0.1:9000/', P, 'http://p:3128'],
  ['http://127.0.0.1:9000/', { ...P, NO_PROXY: '127.0.0.1' }, undefined],
  ['http://10.0.0.1/', { ...P, NO_PROXY: '10.0.0.2' }, 'http://p:3128']
]

/** As curl, beyond botocore. */
const MORE: Case[] = [
  ['http://10.1.2.3/', { ...P, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['http://11.1.2.3/', { ...P, NO_PROXY: '10.0.0.0/8' }, 'http://p:3128'],
  ['http://[fd00::1]:9000/', { ...P, NO_PROXY: 'fd00::/8' }, undefined],
  ['http://[fd00::1]:9000/', { ...P, NO_PROXY: 'fd00:0::1' }, undefined],
  ['http://[fd00::1]:9000/', { ...P, NO_PROXY: '[fd00::1]' }, undefined],
  ['http://[fd00::1]:9000/', { ...P, NO_PROXY: '[fd00::1]:9001' }, 'http://p:3128'],
  ['http://store.example/', { ...P, NO_PROXY: 'fd00::/8 10.0.0.0/8 store.example' }, undefined],
  ['http://store.example./', { ...P, NO_PROXY: 'store.example' }, undefined],
  ['http://store.example/', { ...P, NO_PROXY: '*.example' }, undefined],
  ['https://store.example/', { ...P, NO_PROXY: 'store.example:443' }, undefined],
  ['http://p:3128/', P, undefined],
  ['http://store.example/', { HTTP_PROXY: 'https://u:p@p' }, 'https://p']
]

t.test('who is between', async (t) => {
  for (const [url, env, label] of [...CASES, ...MORE]) {
    t.equal(new Proxies(env).for(new URL(url))?.label, label, `${url} ${JSON.stringify(env)}`)
  }
  t.match(new Proxies({ HTTP_PROXY: 'http://u%40:p%3A%zz@p' }).for(new URL('http://x')), {
    authorization: `Basic ${Buffer.from('u@:p%3A%zz').toString('base64')}`, label: 'http://p'
  })
})

t.test('as botocore has it', async (t) => {
  if (!need(t, 'python-boto3')) return
  const script =
    'import sys, json, os, botocore.utils\nfor url, env, *_ in json.load(sys.stdin):\n' +
    '  os.environ.clear(); os.environ.update(env)\n' +
    '  print(json.dumps(botocore.utils.get_environ_proxies(url).get(url.split(":")[0])))'
  const lines = execFileSync(programPath('python-boto3'), ['-W', 'ignore', '-c', script], {
    env: awsEnv(), input: JSON.stringify(CASES), encoding: 'utf8', timeout: 30_000
  }).trim().split('\n')
  for (const [i, [url, env, label]] of CASES.entries()) {
    const theirs = JSON.parse(lines[i] ?? '') as string | null
    t.equal(
      theirs === null ? undefined : theirs.replace(/^(?!http)/, 'http://'), label, `${url} ${JSON.stringify(env)}`
    )
  }
})

t.test('what is no proxy is said when it would be used', async (t) => {
  const proxies = new Proxies({ HTTPS_PROXY: 'socks5://user:hunter2@p:1080', NO_PROXY: 'direct.example' })
  t.throws(() => proxies.for(new URL('https://store.example')), new ProxySettingsError(
    'HTTPS_PROXY is no http:// or https:// URL of a proxy (socks5://): write http://host:port, or unset it.'
  ))
  t.equal(proxies.for(new URL('https://direct.example')), undefined)
  t.equal(proxies.for(new URL('http://store.example')), undefined)
})
