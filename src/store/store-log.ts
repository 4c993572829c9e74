/** Where a store says what went wrong: a pino logger, or less. */
export interface StoreLog {
  warn (facts: object, message: string): void
}
