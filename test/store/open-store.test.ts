import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runStoreAction } from '../../src/commands/store/store.js'
import { FILE_NAME } from '../../src/store/lmdb/databases.js'
import { openStore } from '../../src/store/open-store.js'
import { plantLink } from '../util/planted.js'

t.test("LMDB does not write through somebody else's link", async (t) => {
  for (const name of [FILE_NAME, `${FILE_NAME}-lock`]) {
    for (const victim of ['there', 'missing']) {
      const dir = t.testdir({ data: { ...(name !== FILE_NAME && { [FILE_NAME]: '' }) }, there: 'precious' })
      plantLink(t, join(dir, victim), join(dir, 'data', name))
      const warned: Array<{ err?: unknown }> = []
      const store = await openStore({
        directory: join(dir, 'data'), maxBytes: 1 << 24, log: { warn: (facts) => { warned.push(facts) } }
      })
      await store.close()
      t.match(
        warned,
        [
          {
            err: {
              name: 'PlantedFile', message: `${join(dir, 'data', name)} is a link or a pipe that another user made`
            }
          }
        ],
        'and the store is in memory'
      )
      t.equal(readFileSync(join(dir, 'there'), 'utf8'), 'precious')
      t.notOk(existsSync(join(dir, 'missing')))
      if (victim === 'there') {
        await t.rejects(runStoreAction('clear', join(dir, 'data'), '--data-dir'), {
          name: 'CommandError', message: /made; it is not written to\.$/
        })
      }
    }
  }
})
