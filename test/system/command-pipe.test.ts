import { spawnSync } from 'node:child_process'
import t from 'tap'
import { builtProgram } from '../support/built.js'
import { cleanEnv } from '../support/clean-env.js'

t.test('a reader that has read enough ends a command without a word', async (t) => {
  const { stderr, stdout } = spawnSync(
    'sh',
    [
      '-c',
      '{ "$@"; echo "ended with $?" >&2; } | true',
      'sh',
      process.execPath,
      builtProgram(),
      'create',
      '--help'
    ],
    { env: cleanEnv(), encoding: 'utf8' }
  )
  t.same([stdout, stderr], ['', 'ended with 141\n'])
})
