import { createHash } from 'node:crypto'
import { foldedComponent, suffixedComponent } from './path-component.js'

/** A file or a folder directly in one folder. */
export interface Sibling {
  /** Its part of the key, made safe. */
  readonly component: string
  /** Whether that is the part of the key as it was, and without an escape. */
  readonly isPlain: boolean
  readonly isFolder: boolean
  /** The key below the prefix, as far as to this part; of a folder with its slash. No two siblings have the same. */
  readonly place: string
}

/**
 * The names of all that is in one folder: safe, and no two the same where case and Unicode form count for nothing. They
 * do not depend on the order of `siblings`.
 *
 * Of those that would be the same one keeps its name: a plain one before others, then a folder, whose name is in many
 * paths, then the smaller key. So an odd key cannot change a plain name, and one more key changes one name at most. The
 * others get `~` and 8 hexadecimal digits of the SHA-256 of their place: of the key alone, so that no third key changes
 * them, and of nothing above the prefix, so that a copied folder has the same paths.
 */
export function siblingNames<S extends Sibling> (siblings: readonly S[]): Map<S, string> {
  const names = new Map<S, string>()
  const keepers = new Map<string, S>()
  const others: S[] = []
  for (const sibling of siblings) {
    names.set(sibling, sibling.component)
    const folded = foldedComponent(sibling.component)
    const keeper = keepers.get(folded)
    if (keeper === undefined) keepers.set(folded, sibling)
    else if (precedes(sibling, keeper)) {
      keepers.set(folded, sibling)
      others.push(keeper)
    } else others.push(sibling)
  }
  const taken = new Set(keepers.keys())
  for (const other of others.sort(byPlace)) names.set(other, freeName(other, taken))
  return names
}

function precedes (a: Sibling, b: Sibling): boolean {
  if (a.isPlain !== b.isPlain) return a.isPlain
  if (a.isFolder !== b.isFolder) return a.isFolder
  return a.place < b.place
}

const byPlace = (a: Sibling, b: Sibling): number => a.place < b.place ? -1 : 1

// Somebody may have an object of just this name. A second of the kind needs a second object, so all are found soon.
function freeName ({ component, isFolder, place }: Sibling, taken: Set<string>): string {
  for (let time = 0; ; time++) {
    const digest = createHash('sha256').update(place).update('\0'.repeat(time)).digest('hex')
    const name = suffixedComponent(component, `~${digest.slice(0, 8)}`, isFolder)
    const folded = foldedComponent(name)
    if (!taken.has(folded)) {
      taken.add(folded)
      return name
    }
  }
}
