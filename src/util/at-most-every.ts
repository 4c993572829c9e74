/**
 * `ask` for callers that come more often than it should be asked: of their calls only the first one after each `ms`
 * asks, counted from now on.
 * @throws as `ask`, in the call that asks
 */
export function atMostEvery (
  ms: number, ask: () => Promise<unknown>, now: () => number = () => performance.now()
): () => Promise<void> {
  let asked = now()
  return async () => {
    const time = now()
    if (time - asked <= ms) return
    asked = time
    await ask()
  }
}
