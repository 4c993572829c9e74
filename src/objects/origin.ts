export type { Client, Requester } from './requester.js'
export type { HeadOptions, ObjectHead, ObjectRead, Objects as Origin, ReadOptions } from './objects.js'
export type { RangeRequest, WorkerRead } from './worker-read.js'
export type { OriginProbe } from './origin-status.js'
export type { RefusalCode } from './origin-errors.js'
export {
  NoEtag, ObjectRedirect, OriginRedirect, OriginRefusal, OriginUnavailable, isVerdict
} from './origin-errors.js'
