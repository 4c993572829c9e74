import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { UdpTracker } from '../../../../src/swarm/tracker/udp/listener.js'
import { freePort } from '../../../support/free-port.js'
import { ACTION, EVENT, UdpTrackerClient, announcePacket, numbersOf, scrapePacket } from
  '../../../support/udp-tracker-client.js'
import { HeldSwarms } from '../held-swarms.js'
import { INFO_HASH, trackerOver } from '../tracked.js'

async function listening (
  t: Test, host = '127.0.0.1'
): Promise<{ tracker: UdpTracker, swarms: HeldSwarms, port: number }> {
  const swarms = new HeldSwarms({ silence: 60 })
  const log = {
    error: (facts: object, what: string) => t.fail(what, facts),
    warn: (facts: object, what: string) => t.fail(what, facts)
  }
  const tracker = new UdpTracker({ tracker: trackerOver(swarms), log })
  const port = await freePort()
  await tracker.listen(host, port)
  t.teardown(async () => {
    tracker.close()
    await swarms.close()
  })
  return { tracker, swarms, port }
}

t.test('the store of peers answers in another order than it was asked', async (t) => {
  const { swarms, port } = await listening(t)
  const clients = [await UdpTrackerClient.open(t, port), await UdpTrackerClient.open(t, port, { from: '127.0.0.2' })]
  const [first, second] = clients
  if (first === undefined || second === undefined) return
  const [firstId, secondId] = [await first.connect(), await second.connect()]
  const answers: Array<Promise<Buffer>> = []
  for (const [client, id, left] of [[first, firstId, 0n], [second, secondId, 1n], [first, firstId, 0n]] as const) {
    answers.push(client.ask(announcePacket(id, INFO_HASH, { left, port: client === first ? 1111 : 2222 })))
    await swarms.untilHeld(answers.length)
  }
  t.same(
    numbersOf(await first.ask(scrapePacket(firstId, INFO_HASH))), [1, 0, 1], 'a scrape does not wait for announces'
  )
  for (const answer of swarms.held.reverse()) answer()
  const [alone, told, again] = await Promise.all(answers)
  t.same(alone && numbersOf(alone), [1800, 0, 1], 'each has the answer to its own question')
  t.same(told?.toString('hex', 8), `00000708${'00000001'}${'00000001'}7f0000010457`)
  t.same(again?.toString('hex', 8), `00000708${'00000001'}${'00000001'}7f00000208ae`)
})

t.test('started and stopped, sent without waiting', async (t) => {
  const { swarms, port } = await listening(t)
  const client = await UdpTrackerClient.open(t, port)
  const id = await client.connect()
  const answers = [EVENT.started, EVENT.stopped].map((event) => client.ask(announcePacket(id, INFO_HASH, { event })))
  await swarms.untilHeld(2)
  for (const answer of swarms.held.reverse()) answer()
  t.same((await Promise.all(answers)).map((answer) => numbersOf(answer).slice(1)), [[1, 0], [0, 0]])
  t.same(numbersOf(await client.ask(scrapePacket(id, INFO_HASH))), [0, 0, 0], 'it is gone')
})

t.test('an answer after the end is lost, and no fault', async (t) => {
  const { tracker, swarms, port } = await listening(t)
  const client = await UdpTrackerClient.open(t, port)
  client.send(announcePacket(await client.connect(), INFO_HASH))
  await swarms.untilHeld(1)
  tracker.close()
  for (const answer of swarms.held) answer()
  for (let turns = 0; turns < 10; turns++) await turn()
  t.equal(client.received.filter((packet) => packet.readUInt32BE(0) === ACTION.announce).length, 0)
})

t.test('a host by its name', async (t) => {
  const { port } = await listening(t, 'localhost')
  const client = await UdpTrackerClient.open(t, port)
  t.equal((await client.connect()).length, 8)
})
