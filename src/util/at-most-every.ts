/**
 * `ask` for callers that come more often than it should be asked: of their calls only the first one after each `ms`
 * asks, counted from now on.
 * @returns undefined where it is not asked
 * @throws as `ask`, in the call that asks
 */
export function atMostEvery (
  ms: number, ask: () => Promise<unknown>, now: () => number = () => performance.now()
): () => Promise<unknown> | undefined {
  let asked = now()
  return () => {
    const time = now()
    if (time - asked <= ms) return undefined
    asked = time
    return ask()
  }
}
