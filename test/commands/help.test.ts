import t from 'tap'
import { OPTIONS, OPTION_NAMES, variableOf } from '../../src/config/options.js'
import type { OptionSchema } from '../../src/config/option-schema.js'
import { runInProcess } from './run-in-process.js'

const COMMANDS = ['store', 'healthcheck', 'create', 'show', 'verify', 'warm']
const EXIT_CODES = 'Exit codes: 0 done, 1 failed or not right, 2 a wrong command line or setting, 130 interrupted.'

t.test('--help teaches each command', async (t) => {
  const whole = (await runInProcess(['--help'])).stdout
  for (const name of COMMANDS) {
    for (const args of [[name, '--help'], ['help', name], [name, '-h']]) {
      const { code, stdout, stderr } = await runInProcess(args)
      t.same([code, stderr], [0, ''], args.join(' '))
      t.match(stdout, new RegExp(`^Usage: object-torrent ${name} `))
      t.match(stdout, `Examples:\n  object-torrent ${name}`)
      t.match(stdout, EXIT_CODES)
      t.notMatch(stdout, /\(default: |\(env: |\(choices: /)
    }
    t.match(whole, new RegExp(`^ +object-torrent ${name} `, 'm'), 'the whole help names it')
  }
})

t.test('--help names every option of the server, its variable, and its default', async (t) => {
  for (const args of [
    ['--help'], ['-h'], ['help'], ['serve', '--help'], ['help', 'serve'], ['--port', '1', '--help']
  ]) {
    const { code, stdout, stderr } = await runInProcess(args)
    t.same([code, stderr], [0, ''])
    for (const name of OPTION_NAMES) {
      const { title, description, default: value }: OptionSchema = OPTIONS[name]
      const fallback = typeof value === 'string' || typeof value === 'number' ? ` [${value}]` : ''
      t.ok(
        stdout.includes(`\n  --${name} ${title}\n      ${description}${fallback} (${variableOf(name)})\n`),
        `${args.join(' ')}: ${name}`
      )
    }
    t.match(stdout, 'AWS_ACCESS_KEY_ID')
    t.match(stdout, /Examples:\n {2}object-torrent\n/)
    t.match(stdout, EXIT_CODES)
  }
})

t.test('a description stands by itself', async (t) => {
  for (const name of OPTION_NAMES) {
    t.match(OPTIONS[name].description, /^[A-Z]/, name)
    t.notMatch(OPTIONS[name].description, /^(Of|Its|A second)\b/, name)
  }
})

t.test('--version, wherever it stands', async (t) => {
  for (const args of [['--version'], ['serve', '--version'], ['--port', '1', '--version']]) {
    const { code, stdout, stderr } = await runInProcess(args)
    t.match(stdout, /^\d+\.\d+\.\d+\S*\n$/)
    t.same([code, stderr], [0, ''])
  }
})
