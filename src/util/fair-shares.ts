/** Whose share a slot comes out of: a group, and one of its members. */
export interface Sharer {
  readonly group: string
  readonly member: string
}

interface Waiting {
  /** In the order in which they came. */
  readonly turn: number
  readonly begin: () => void
}

interface Member {
  readonly name: string
  readonly group: Group
  taken: number
  /** In the order in which they came, which a Set keeps. */
  readonly waiting: Set<Waiting>
}

interface Group {
  readonly name: string
  taken: number
  readonly members: Map<string, Member>
}

/**
 * So many slots at once, for strangers who may keep theirs as long as they like: a group has no more than are free for
 * all others, and a member of it no more than are free for the rest of its group: a newcomer finds one, however many
 * somebody else holds or waits for. A slot that gets free is for the group with the fewest, then for its member with
 * the fewest, then for who came first.
 */
export class FairShares {
  #free: number
  #turn = 0
  #waiting = 0
  readonly #keepsRoom: boolean
  readonly #groups = new Map<string, Group>()

  /** @param keepsRoom false: whoever comes first has all that is free, for slots that are given back soon */
  constructor (slots: number, { keepsRoom = true } = {}) {
    this.#free = slots
    this.#keepsRoom = keepsRoom
  }

  get free (): number {
    return this.#free
  }

  get waiting (): number {
    return this.#waiting
  }

  /** A slot that can be had at once; undefined: there is none. Whoever gets it calls what is returned, once. */
  tryTake (sharer: Sharer): (() => void) | undefined {
    const member = this.#memberOf(sharer)
    if (this.#mayTake(member)) return this.#begin(member)
    this.#forget(member)
    return undefined
  }

  /** Waits for a slot. Whoever gets it calls what is returned, once. @throws the signal's reason */
  async take (sharer: Sharer, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const release = this.tryTake(sharer)
    if (release !== undefined) return release
    const member = this.#memberOf(sharer)
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#leave(member, waiting)
        this.#forget(member)
        reject(signal.reason as Error)
      }
      const waiting = {
        turn: this.#turn++,
        begin: () => {
          signal.removeEventListener('abort', abort)
          this.#leave(member, waiting)
          resolve(this.#begin(member))
        }
      }
      signal.addEventListener('abort', abort, { once: true })
      member.waiting.add(waiting)
      this.#waiting++
    })
  }

  #leave (member: Member, waiting: Waiting): void {
    member.waiting.delete(waiting)
    this.#waiting--
  }

  #begin (member: Member): () => void {
    this.#free--
    member.taken++
    member.group.taken++
    return () => {
      this.#free++
      member.taken--
      member.group.taken--
      this.#forget(member)
      for (let next = this.#next(); next !== undefined; next = this.#next()) next.begin()
    }
  }

  #mayTake ({ taken, group }: Member): boolean {
    if (!this.#keepsRoom) return this.#free > 0
    return group.taken < this.#free && taken < (this.#free - group.taken) / 2
  }

  // Goes through groups and members, not through all who wait: one of them may be many.
  #next (): Waiting | undefined {
    let next: Waiting | undefined
    let fewest = { group: Infinity, member: Infinity }
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) {
        const [first] = member.waiting
        if (first === undefined || !this.#mayTake(member)) continue
        const order = group.taken - fewest.group || member.taken - fewest.member || first.turn - (next?.turn ??
          Infinity)
        if (order > 0) continue
        next = first
        fewest = { group: group.taken, member: member.taken }
      }
    }
    return next
  }

  #memberOf (sharer: Sharer): Member {
    const group = this.#groups.get(sharer.group) ?? { name: sharer.group, taken: 0, members: new Map<string, Member>() }
    this.#groups.set(sharer.group, group)
    const member = group.members.get(sharer.member) ?? { name: sharer.member, group, taken: 0, waiting: new Set() }
    group.members.set(sharer.member, member)
    return member
  }

  #forget ({ name, group, taken, waiting }: Member): void {
    if (taken > 0 || waiting.size > 0) return
    group.members.delete(name)
    if (group.members.size === 0) this.#groups.delete(group.name)
  }
}
