import type { Config } from '../../config/load.js'

/** A server, as it is run. */
export interface Server {
  /** The URL of its S3 listener. @throws ListenError */
  listen (): Promise<string>
  /** Lets running answers finish for so long. */
  close (graceMs: number): Promise<void>
}

export type CreateServer = (config: Config) => Promise<Server>
