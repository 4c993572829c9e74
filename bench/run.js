// npm run bench: prints one table, from one run on one machine, of goals beside what is reached.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Bench } from './lib/bench.js'
import { failed, notRun } from './lib/line.js'
import { machine, sentence, versionOf } from './lib/machine.js'
import { installPrograms, missing, versions } from './lib/programs.js'
import { table } from './lib/table.js'
import { announces } from './rows/announces.js'
import { coldCeph } from './rows/cold-ceph.js'
import { coldLimited } from './rows/cold-limited.js'
import { coldNginx } from './rows/cold-nginx.js'
import { directory } from './rows/directory.js'
import { getObject } from './rows/get-object.js'
import { latencyDirectory, latencyNginx } from './rows/latency.js'
import { manyObjects } from './rows/many-objects.js'
import { memory } from './rows/memory.js'
import { restart } from './rows/restart.js'
import { seeder } from './rows/seeder.js'
import { stalled } from './rows/stalled.js'
import { storedCeph, storedNginx } from './rows/stored.js'
import { strangersDirectory, strangersStore, strangersTls } from './rows/strangers.js'
import { swarm } from './rows/swarm.js'
import { thousandClients } from './rows/thousand-clients.js'
import { versions as torrentVersions } from './rows/versions.js'
import { webSeed } from './rows/web-seed.js'

const ROWS = [
  coldNginx,
  coldCeph,
  coldLimited,
  directory,
  torrentVersions,
  memory,
  thousandClients,
  storedCeph,
  storedNginx,
  latencyNginx,
  latencyDirectory,
  manyObjects,
  restart,
  webSeed,
  getObject,
  seeder,
  stalled,
  swarm,
  announces,
  strangersStore,
  strangersTls,
  strangersDirectory
]
const ROUNDS = 5
const FREE_BYTES = 8e9

const namesOf = (rows) => rows.map(({ name }) => name).join(', ')
const HELP = `npm run bench -- [--quick] [--rounds N] [--only NAME,NAME] [--json FILE] [--node PATH]

Prints one table of goals beside what is reached. Starts the programs that it needs, and leaves nothing behind.

  --quick       Make everything an eighth as large, in one round: shows that the bench works, no figures to quote
  --rounds N    Rounds of every row after the one that warms up
                [${ROUNDS}; ${namesOf(ROWS.filter(({ rounds }) => rounds))}: 3]
  --only NAMES  Run these rows only: ${namesOf(ROWS)}
  --json FILE   Also write every sample to this file
  --node PATH   Run the servers under this Node instead of the bench's own
  --install     Install the programs that are missing (apt, as root on Debian); else their rows are not run
  --help        Print this text
`

const options = readOptions()
if (options.help) {
  process.stdout.write(HELP)
} else {
  // `exit` runs the handlers that end the programs of the bench.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  if (options.install || process.env.CI === 'true') installPrograms()
  process.exitCode = await report(options)
}

async function report ({ quick, rounds, rows, json, node }) {
  const here = { machine: machine(node), versions: versions() }
  const bench = new Bench({ quick, node })
  if (bench.content.freeBytes() < FREE_BYTES) bench.say(`less than ${FREE_BYTES / 1e9} GB are free in ${bench.dir}`)
  const lines = []
  for (const row of rows) {
    process.stderr.write(`${row.name}: ${row.what}\n`)
    bench.rounds = quick ? 1 : rounds ?? row.rounds ?? ROUNDS
    lines.push(...await linesOf(row, bench))
  }
  if (json !== undefined) writeFileSync(json, JSON.stringify({ ...here, quick, lines }, null, 2))

  const programs = Object.entries(here.versions).map(([name, version]) => `- ${name}: ${version}\n`).join('')
  const caution = quick ? 'With --quick: these are no figures to quote.\n\n' : ''
  process.stdout.write(`${caution}${table(lines)}\n${sentence(here.machine)}\n\n${programs}`)
  return lines.some(({ verdict }) => verdict === 'fails') ? 1 : 0
}

async function linesOf (row, bench) {
  const absent = missing(row.needs)
  if (absent.length > 0) return [notRun(row.what, `missing: ${absent.join(', ')}`)]
  try {
    return await row.run(bench)
  } catch (error) {
    return [failed(row.what, error.message)]
  } finally {
    await bench.endRow()
  }
}

function readOptions () {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
        node: { type: 'string' },
        install: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    })
    return { ...values, node: nodeOf(values.node), rounds: roundsOf(values.rounds), rows: rowsOf(values.only) }
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`)
    process.exit(2)
  }
}

function nodeOf (path) {
  const node = path && resolve(path) // servers have folders of their own
  if (node !== undefined) versionOf(node)
  return node
}

function roundsOf (text) {
  if (text !== undefined && !/^[1-9]\d*$/.test(text)) throw new Error(`--rounds ${text} is no number`)
  return text && Number(text)
}

function rowsOf (names = '') {
  const wanted = names.split(',').filter(Boolean)
  const unknown = wanted.filter((name) => !ROWS.some((row) => row.name === name))
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}`)
  return wanted.length === 0 ? ROWS : ROWS.filter(({ name }) => wanted.includes(name))
}
