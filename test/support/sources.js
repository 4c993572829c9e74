// For node --import: runs sources by tsx, in threads as well, which tsx itself leaves out.
import { isMainThread } from 'node:worker_threads'

if (isMainThread) await import('tsx')
else if (process.argv[1]?.includes('/src/')) (await import('tsx/esm/api')).register()
