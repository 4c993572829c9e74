import { byId } from './dom.js'

/** How long something that was done is said, on a button or to a screen reader. */
export const SAID_MS = 3_000

/** Tells a screen reader. */
export function say (text: string): void {
  const said = byId('said')
  said.textContent = text
  setTimeout(() => { said.textContent = '' }, SAID_MS)
}
