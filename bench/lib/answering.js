import { setTimeout as sleep } from 'node:timers/promises'
import { get } from './client.js'

/** Waits until a program that was just started answers this URL. Rejects if the program ends first. */
export async function answering (url, program) {
  const ended = program.ended.then(() => { throw new Error(`what should answer ${url} ended: ${program.said.stderr}`) })
  for (let attempt = 1; ; attempt++) {
    try {
      return await Promise.race([get(url), ended])
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' || attempt === 250) throw error
      await sleep(20)
    }
  }
}
