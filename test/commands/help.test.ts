import t from 'tap'
import { COMMANDS } from '../../src/commands/commands.js'
import { help } from '../../src/commands/help.js'
import { runInProcess } from './run-in-process.js'

t.test('--help teaches each command', async (t) => {
  for (const name of Object.keys(COMMANDS)) {
    for (const args of [[name, '--help'], ['help', name], [name, '-h']]) {
      const { code, stdout, stderr } = await runInProcess(args)
      t.same([code, stderr], [0, ''], args.join(' '))
      t.match(stdout, new RegExp(`^Usage: object-torrent ${name} `))
      t.match(stdout, `Examples:\n  object-torrent ${name} `)
      t.match(stdout, 'Exit codes: 0 done, 1 failed or not right, 2 a wrong command line, 130 interrupted.')
      t.notMatch(stdout, '(default: ')
    }
    t.match(help(), new RegExp(`^ +object-torrent ${name} `, 'm'), 'the whole help names it')
  }
})
