// Runs after the tests (tap --after): stops the Ceph that before.ts started.
import { stopCeph } from './ceph-cluster.js'

await stopCeph(process.ppid)
