/** So many chunks at most are kept in memory by recipients who take their time. */
export class Pins {
  #free: number

  constructor (pins: number) {
    this.#free = pins
  }

  /** Whether one more may be kept; then `release` it. */
  take (): boolean {
    if (this.#free <= 0) return false
    this.#free--
    return true
  }

  release (): void {
    this.#free++
  }
}
