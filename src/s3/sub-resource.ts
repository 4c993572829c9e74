import { invalidArgument } from './invalid-argument.js'
import type { Query } from './query.js'

// What S3 takes for a sub-resource or another operation's parameter; the rest of a query names no operation.
const SUB_RESOURCES = new Set([
  'accelerate', 'acl', 'analytics', 'attributes', 'cors', 'delete', 'encryption', 'intelligent-tiering', 'inventory',
  'legal-hold',
  'lifecycle', 'list-type', 'location', 'logging', 'metadataConfiguration', 'metadataTable', 'metrics', 'notification',
  'object-lock',
  'ownershipControls', 'partNumber', 'policy', 'policyStatus', 'publicAccessBlock', 'replication', 'requestPayment',
  'restore',
  'retention', 'select', 'session', 'tagging', 'torrent', 'uploadId', 'uploads', 'versioning', 'versions', 'website'
])

/** The one sub-resource of a request, case-sensitive; undefined for none. @throws S3Error InvalidArgument on two */
export function subResourceOf (query: Query): string | undefined {
  const names = [...query.names].filter((name) => SUB_RESOURCES.has(name)).sort()
  if (names.length > 1) {
    throw invalidArgument('ResourceType', {
      value: names[0] ?? '', message: `Conflicting query string parameters: ${names.join(', ')}`
    })
  }
  return names[0]
}
