import type { IncomingMessage } from 'node:http'
import { utf8Order } from '../../src/util/utf8-order.js'
import { FaultsInForce } from './faults.js'
import type { FaultyBucket, FaultyOrigin } from './faulty-origin.js'
import type { FaultyObject } from './faulty-object.js'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: { object: FaultyObject, first: number, length: number } | Iterable<string | Buffer>
  faults: FaultsInForce
}

interface Asked {
  method: string
  resource: string
  bucketName: string
  key: string
  query: Map<string, string>
  headers: IncomingMessage['headers']
  signer: string | undefined
}

/** What the origin answers, as S3 would and its faults want it. Sends nothing. */
export function answerTo (origin: FaultyOrigin, request: IncomingMessage): Answer {
  const asked = readRequest(request)
  const bucket = origin.buckets.get(asked.bucketName)
  const versions = bucket?.objects.get(asked.key) ?? []
  const versionId = asked.query.get('versionId')
  const object = versionId === undefined
    ? versions.at(-1)
    : versions.find(
      ({ options }) => (options.versionId ?? 'null') === versionId
    )
  const faults = new FaultsInForce(object?.faults, origin.faults)
  const refuse = (status: number, code: string, message = code, headers: Record<string, string> = {}): Answer =>
    ({
      status,
      headers: { 'content-type': 'application/xml', ...headers },
      body: [errorXml(code, message, asked.resource)],
      faults
    })

  const burst = faults.refusal(asked.method)
  if (burst !== undefined) {
    return refuse(burst, burst === 500 ? 'InternalError' : 'SlowDown', 'Please reduce your request rate.')
  }
  const redirect = faults.get('redirectTo')
  if (redirect && !(redirect.region !== undefined && asked.headers.authorization?.includes(
    `/${redirect.region}/s3/`
  ))) {
    return refuse(redirect.status, redirect.status === 301
      ? 'PermanentRedirect'
      : 'TemporaryRedirect', 'Please re-send this request elsewhere.', {
      location: redirect.location, ...(redirect.region !== undefined && { 'x-amz-bucket-region': redirect.region })
    })
  }
  const region = faults.get('region')
  if (region !== undefined && asked.headers.authorization !== undefined && !asked.headers.authorization.includes(
    `/${region.name}/s3/`
  )) {
    const xml = errorXml(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; expecting '${region.name}'`,
      asked.resource
    ).replace(
      '</Error>', `<Region>${region.name}</Region></Error>`
    )
    return {
      status: 400,
      headers: { 'content-type': 'application/xml', ...(region.header && { 'x-amz-bucket-region': region.name }) },
      body: [xml],
      faults
    }
  }
  const refusedPair = faults.get('refusedPair')
  if (refusedPair !== undefined && asked.signer === refusedPair.accessKeyId) {
    return refuse(refusedPair.status, refusedPair.code)
  }
  const errorBody = faults.get('errorBody')
  if (errorBody && !(errorBody.unsignedOnly === true && asked.signer !== undefined)) {
    const { status, body, headers } = errorBody
    return {
      status,
      headers: { 'content-type': 'application/xml', ...headers },
      body: typeof body === 'function' ? body() : [body],
      faults
    }
  }

  if (asked.method !== 'GET' && asked.method !== 'HEAD') return refuse(405, 'MethodNotAllowed')
  if (bucket === undefined) return refuse(404, 'NoSuchBucket', 'The specified bucket does not exist')
  const owner = faults.get('honourOwner')
  const expectedOwner = asked.headers['x-amz-expected-bucket-owner']
  if (owner !== undefined && expectedOwner !== undefined && expectedOwner !== owner) {
    return refuse(403, 'AccessDenied', 'Access Denied')
  }
  if (asked.key === '') return bucketAnswer(asked, bucket, faults, refuse)

  if (object === undefined) {
    if (!mayList(bucket, asked.signer)) return refuse(403, 'AccessDenied', 'Access Denied')
    if (versionId !== undefined) return refuse(404, 'NoSuchVersion', 'The specified version does not exist.')
    return refuse(404, 'NoSuchKey', 'The specified key does not exist.')
  }
  if (!mayRead(object, asked.signer)) return refuse(403, 'AccessDenied', 'Access Denied')
  if (asked.method === 'HEAD' && faults.get('refuseHead')) return refuse(403, 'AccessDenied', 'Access Denied')
  const charged = faults.get('requesterPays') === true
  if (charged && (asked.signer === undefined || asked.headers['x-amz-request-payer'] !== 'requester')) {
    return refuse(403, 'AccessDenied', 'Access Denied')
  }

  const { deleteMarker, sseC } = object.options
  if (deleteMarker && versionId === undefined) {
    return refuse(404, 'NoSuchKey', 'The specified key does not exist.', { 'x-amz-delete-marker': 'true' })
  }
  if (deleteMarker) {
    return refuse(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      'x-amz-delete-marker': 'true'
    })
  }
  if (sseC) return refuse(400, sseC.code, sseC.message)
  if (object.archived && asked.method === 'GET') {
    return refuse(403, 'InvalidObjectState', "The operation is not valid for the object's storage class")
  }

  const headers = { ...objectHeaders(object, charged), ...(asked.method === 'GET' && object.options.getHeaders) }
  const ifMatch = faults.get('ignoreIfMatch') ? undefined : asked.headers['if-match']
  const odd = object.options.headers?.['etag']
  if (ifMatch !== undefined && (odd === undefined ? !lists(ifMatch, object.etag) : ifMatch !== odd)) {
    return refuse(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  const ifNoneMatch = asked.headers['if-none-match']
  if (ifNoneMatch !== undefined && lists(ifNoneMatch, object.etag)) return { status: 304, headers, body: [], faults }

  const range = faults.get('ignoreRange') ? undefined : parseRange(asked.headers.range, object.size)
  if (range === 'unsatisfiable') {
    return refuse(416, 'InvalidRange', 'The requested range is not satisfiable', {
      'content-range': `bytes */${object.size}`
    })
  }
  const without = faults.get('withoutHeaders')
  const withoutSome = (all: Record<string, string>): Record<string, string> => without === undefined ||
    (without.method ?? asked.method) !== asked.method
    ? all
    : Object.fromEntries(Object.entries(all).filter(([name]) => !without.names.includes(name)))
  if (range === undefined) {
    return {
      status: 200,
      headers: withoutSome({ ...headers, 'content-length': String(object.size) }),
      body: { object, first: 0, length: object.size },
      faults
    }
  }
  const wider = faults.get('widerRange') ?? 0
  const [first, last] = [Math.max(0, range[0] - wider), Math.min(object.size - 1, range[1] + wider)]
  const off = faults.get('wrongContentRange') ? 1 : 0
  return {
    status: 206,
    headers: withoutSome({
      ...headers,
      'content-length': String(last - first + 1),
      'content-range': `bytes ${first + off}-${last + off}/${object.size}`
    }),
    body: { object, first, length: last - first + 1 },
    faults
  }
}

/** The access key id a request claims to be signed with; signatures are not verified. */
export function signerOf ({ headers, url = '' }: IncomingMessage): string | undefined {
  const authorization = headers.authorization ?? ''
  const [, v4, v2] = /^AWS4-HMAC-SHA256 .*Credential=([^/]+)\/|^AWS ([^:]+):/.exec(authorization) ?? []
  const [, presigned] = /[?&](?:X-Amz-Credential|AWSAccessKeyId)=([^/%&]+)/.exec(url) ?? []
  return v4 ?? v2 ?? presigned
}

function readRequest (request: IncomingMessage): Asked {
  const { method = '', url = '', headers } = request
  const [resource = '', rawQuery = ''] = url.split(/\?(.*)/s)
  const [, bucketName = '', rawKey = ''] = /^\/([^/]*)\/?(.*)$/s.exec(resource) ?? []
  const query = new Map(rawQuery.split('&').map((field) => {
    const [name = '', value = ''] = field.split(/=(.*)/s)
    return [decode(name), decode(value)]
  }))
  return { method, resource, bucketName, key: decode(rawKey), query, headers, signer: signerOf(request) }
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function bucketAnswer (
  asked: Asked, bucket: FaultyBucket, faults: FaultsInForce, refuse: (status: number, code: string) => Answer
): Answer {
  if (!asked.query.has('acl')) {
    if (asked.method === 'GET' && asked.query.get('list-type') === '2') {
      const charged = faults.get('requesterPays') === true
      const paid = !charged || (asked.signer !== undefined && asked.headers['x-amz-request-payer'] === 'requester')
      if (!paid || !mayList(bucket, asked.signer)) return refuse(403, 'AccessDenied')
      const headers = { 'content-type': 'application/xml', ...(charged && { 'x-amz-request-charged': 'requester' }) }
      return { status: 200, headers, body: [listXml(asked, bucket)], faults }
    }
    if (asked.method === 'GET') return refuse(501, 'NotImplemented')
    return mayList(bucket, asked.signer) ? { status: 200, headers: {}, body: [], faults } : refuse(403, 'AccessDenied')
  }
  if (bucket.aclForbidden || asked.signer === undefined) return refuse(403, 'AccessDenied')
  const id = `<ID>${escapeXml(bucket.owner)}</ID>`
  const grant =
    '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
    `xsi:type="CanonicalUser">${id}</Grantee><Permission>FULL_CONTROL</Permission></Grant>`
  const acl =
    '<AccessControlPolicy ' +
    `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner>${id}</Owner><AccessControlList>` +
    `${grant}</AccessControlList></AccessControlPolicy>`
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: ['<?xml version="1.0" encoding="UTF-8"?>', acl],
    faults
  }
}

/** ListObjectsV2, keys escaped as with encoding-type=url, in the order of UTF-8. */
function listXml ({ query, bucketName }: Asked, { objects, pageKeys }: FaultyBucket): string {
  const token = query.get('continuation-token')
  const after = token === undefined ? query.get('start-after') ?? '' : decode(token)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const folderOf = (key: string): string | undefined => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end < 0 ? undefined : key.slice(0, end + delimiter.length)
  }
  const names = new Set([...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => folderOf(key) ?? key))
  const rest = [...names].sort(utf8Order).filter((name) => utf8Order(name, after) > 0)
  const page = rest.slice(0, Math.min(pageKeys, Number(query.get('max-keys') ?? 1000)))
  const next = rest.length > page.length
    ? `<NextContinuationToken>${escapeXml(encodeURIComponent(page.at(-1) ?? ''))}</NextContinuationToken>`
    : ''
  const entries = page.map((name) => {
    const escaped = encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+')
    if (!objects.has(name) || folderOf(name) !== undefined) {
      return `<CommonPrefixes><Prefix>${escaped}</Prefix></CommonPrefixes>`
    }
    const { size = 0, etag: own = '', lastModified = new Date(0), options } = objects.get(name)?.at(-1) ?? {}
    const etag = options?.listedEtag ?? options?.headers?.['etag'] ?? own
    return `<Contents><Key>${escaped}</Key>` +
      `<LastModified>${lastModified.toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>` +
      `${size}</Size></Contents>`
  })
  return '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult ' +
    `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucketName}</Name><EncodingType>url</EncodingType>` +
    `<IsTruncated>${next !== ''}</IsTruncated>${next}${entries.join('')}</ListBucketResult>`
}

function mayList (bucket: FaultyBucket, signer: string | undefined): boolean {
  if (signer === undefined) return bucket.public
  return bucket.listers?.includes(signer) ?? true
}

function mayRead ({ options }: FaultyObject, signer: string | undefined): boolean {
  if (options.public) return true
  if (signer === undefined) return false
  return options.readers?.includes(signer) ?? true
}

function objectHeaders ({ etag, lastModified, options }: FaultyObject, charged: boolean): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'content-type': options.contentType ?? 'binary/octet-stream',
    etag,
    'last-modified': lastModified.toUTCString(),
    ...(options.versionId !== undefined && { 'x-amz-version-id': options.versionId }),
    ...(options.storageClass !== undefined && { 'x-amz-storage-class': options.storageClass }),
    ...(charged && { 'x-amz-request-charged': 'requester' }),
    ...options.headers
  }
}

function lists (condition: string, etag: string): boolean {
  return condition.split(',').map((entry) => entry.trim()).some(
    (entry) => entry === '*' || entry === etag || `"${entry}"` === etag
  )
}

/** First and last byte; undefined where the header is to be ignored: malformed, or several ranges. */
function parseRange (header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    return Number(last) === 0 || size === 0 ? 'unsatisfiable' : [Math.max(0, size - Number(last)), size - 1]
  }
  if (last !== '' && Number(last) < Number(first)) return undefined
  if (Number(first) >= size) return 'unsatisfiable'
  return [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
}

function errorXml (code: string, message: string, resource: string): string {
  return '<?xml version="1.0" encoding="UTF-8"?>\n<Error>' +
    `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message><Resource>` +
    `${escapeXml(resource)}</Resource><RequestId>0</RequestId></Error>`
}

function escapeXml (text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
