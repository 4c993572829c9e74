import { OPTIONS } from '../config/options.js'

const SERVER_COMMANDS = ['serve', 'store', 'healthcheck']

/** The same command line with the command's name in front, where options of the server stand before it. */
export function commandFirst (argv: readonly string[]): readonly string[] {
  for (const [index, arg] of argv.entries()) {
    if (isValue(argv, index)) continue
    if (SERVER_COMMANDS.includes(arg)) return [arg, ...argv.slice(0, index), ...argv.slice(index + 1)]
    if (!arg.startsWith('-') || arg === '--') return argv
  }
  return argv
}

function isValue (argv: readonly string[], index: number): boolean {
  const before = argv[index - 1] ?? ''
  return before.startsWith('--') && Object.hasOwn(OPTIONS, before.slice(2)) && !isValue(argv, index - 1)
}
