/** Questions that are asked once, however many come for the answer before it is there. */
export class AskedOnce<Answer> {
  readonly #asked = new Map<string, Promise<Answer>>()

  /** Questions that are being asked. */
  get size (): number {
    return this.#asked.size
  }

  /** The answer to the question that is being asked under this name; where none is, `question` is asked now. */
  ask (name: string, question: () => Promise<Answer>): Promise<Answer> {
    const asked = this.#asked.get(name)
    if (asked !== undefined) return asked
    const answer = question().finally(() => this.#asked.delete(name))
    this.#asked.set(name, answer)
    return answer
  }
}
