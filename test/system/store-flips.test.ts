import t from 'tap'
import { makeStore, outcomesOf, spread } from '../support/store-flips.js'

// OBJECT_TORRENT_TEST_FLIPS=256 for three minutes more.
const FLIPS = Number(process.env['OBJECT_TORRENT_TEST_FLIPS'] ?? 96)

// LMDB trusts the numbers in its pages: about one flip in 256 lets it read and write at first, and ends the process
// later. The next start finds what that has left.
t.test('F12: flips of one byte: nothing wrong is served, the store goes on', async (t) => {
  const directory = t.testdir({})
  const objects = await makeStore(directory)
  const outcomes = await outcomesOf(directory, spread(directory, FLIPS))
  t.equal(outcomes.length, FLIPS)
  t.equal(outcomes.reduce((sum, { wrong }) => sum + wrong, 0), 0, 'no wrong digest')
  const died = outcomes.filter(({ died }) => died !== undefined)
  const lived = outcomes.filter(({ died }) => died === undefined)
  t.ok(died.length <= Math.ceil(FLIPS / 85), `${died.length} died: ${JSON.stringify(died)}`)
  t.strictSame(lived.filter(({ inFile }) => !inFile), [], 'a file is used in any case')
  const hampered = lived.filter(({ written }) => written < 10)
  t.ok(
    hampered.length <= Math.ceil(FLIPS / 32), `a page that can be read, and not be changed: ${JSON.stringify(hampered)}`
  )
  const whole = lived.filter(({ known }) => known >= 2 * objects).length
  const lost = lived.filter(({ known }) => known === 0).length
  t.comment(
    `F12: of ${FLIPS} flips ${whole} lost nothing, ${lost} everything, ${lived.length - whole - lost} a part; ` +
    `${died.length} died, ${hampered.length} keep only a part of what comes`
  )
  t.ok(whole < FLIPS, 'some are noticed')
})
