import type { Test } from 'tap'
import type { KeyPair } from '../key-pair.js'

/** A store of objects that runs, and ends with the test. */
export interface RunningStore {
  readonly endpoint: string
  readonly keyPair: KeyPair
}

/** A store of the system tests: how it starts, and where it is not as S3 is. What is not named here is as S3 has it. */
export interface StoreUnderTest {
  readonly name: string
  /** Undefined where it is not installed: the test has then been visibly skipped, or has failed where CI=true. */
  start (t: Test): Promise<RunningStore | undefined>
  /** Odd keys that it takes no object under. */
  readonly refusedKeys: readonly string[]
  /** It reads for everybody, signed or not. */
  readonly open: boolean
  /** It looks at no signature: a wrong secret is no mistake. */
  readonly unsigned: boolean
  readonly versions: boolean
  /**
   * It writes over an object in place, and tells the new ETag only when that is done: until then it gives new bytes, or
   * none, as the old version. PUT is answered before.
   */
  readonly writesInPlace: boolean
}
