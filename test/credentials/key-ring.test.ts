import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CredentialsFileError, KeyRing } from '../../src/credentials/key-ring.js'

const profile = (
  name: string, id: string, rest = ''
) => `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = secret of ${id}\n${rest}`

t.test('every profile, and the own pair', async (t) => {
  const file = join(
    t.testdir({ credentials: profile('alice', 'ALICE') + profile('bob', 'BOB', 'aws_session_token = token\n') }),
    'credentials'
  )
  const ring = new KeyRing({ own: { accessKeyId: 'OWN', secretAccessKey: 'o' }, file })
  t.strictSame(await ring.find('ALICE'), { accessKeyId: 'ALICE', secretAccessKey: 'secret of ALICE' })
  t.strictSame(await ring.find('BOB'), { accessKeyId: 'BOB', secretAccessKey: 'secret of BOB', sessionToken: 'token' })
  t.strictSame(await ring.find('OWN'), { accessKeyId: 'OWN', secretAccessKey: 'o' })
  t.equal(await ring.find('CAROL'), undefined)
  t.equal(await ring.find('__proto__'), undefined)
})

t.test('S45: a changed file counts at the next look', async (t) => {
  const file = join(t.testdir({ credentials: profile('alice', 'ALICE') + profile('bob', 'BOB') }), 'credentials')
  const ring = new KeyRing({ file })
  t.ok(await ring.find('BOB'))
  writeFileSync(file, profile('alice', 'ALICE'))
  t.equal(await ring.find('BOB'), undefined)
  t.ok(await ring.find('ALICE'))
  rmSync(file)
  await t.rejects(ring.find('ALICE'), CredentialsFileError)
  writeFileSync(file, profile('alice', 'ALICE'))
  t.ok(await ring.find('ALICE'), 'and it recovers')
})

t.test('a file rewritten in place counts too: of the same length, with its mtime put back, and within one tick of ' +
  'the clock', async (t) => {
  const file = join(t.testdir({ credentials: '' }), 'credentials')
  const ring = new KeyRing({ file })
  const write = (id: string): void => {
    writeFileSync(file, profile('bob', id))
    utimesSync(file, 1_700_000_000, 1_700_000_000)
  }
  for (const waitMs of [50, 50, 0, 0, 0, 0, 0, 0, 0, 0]) {
    for (const [given, revoked] of [['BOB', 'EVE'], ['EVE', 'BOB']] as const) {
      write(given)
      await sleep(waitMs)
      t.ok(await ring.find(given))
      t.notOk(await ring.find(revoked))
    }
  }
})

t.test('a file that is no good is one sentence', async (t) => {
  const dir = t.testdir({
    empty: '',
    comment: '# nobody\n',
    folder: {},
    'no-id': '[a]\naws_secret_access_key = A\n',
    half: '[a]\naws_access_key_id = A\n',
    slash: profile('a', 'A/B'),
    space: profile('a', 'A B')
  })
  for (const [name, message] of [
    ['empty', /holds no profile\.$/],
    ['comment', /holds no profile\.$/],
    ['folder', /cannot be read \(EISDIR\)\.$/],
    ['no-id', /\[a\] .* needs aws_access_key_id and aws_secret_access_key\.$/],
    ['half', /\[a\] .* needs aws_access_key_id and aws_secret_access_key\.$/],
    ['slash', /with a slash/],
    ['space', /with a space/],
    ['missing', /cannot be read \(ENOENT\)\.$/]
  ] as const) {
    await t.rejects(new KeyRing({ file: join(dir, name) }).refresh(), { name: 'CredentialsFileError', message }, name)
  }
})
