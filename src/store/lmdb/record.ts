import { createHash } from 'node:crypto'

const VERSION = 1
const CHECKSUM_BYTES = 16
const HEAD_BYTES = 1 + CHECKSUM_BYTES + 4

/** A record is not what was written under its key, or another version wrote it. */
export class DamagedRecord extends Error {
  override name = 'DamagedRecord'
}

/**
 * The bytes of a record: version (1), checksum (16), length of the facts (4, big-endian), facts as JSON, digests. The
 * checksum, the first half of a SHA-256, is over the key too: a record under another key is damaged.
 */
export function encodeRecord (key: Uint8Array, facts: object, digests: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(facts))
  const record = Buffer.alloc(HEAD_BYTES + json.length + digests.length)
  record.writeUInt8(VERSION)
  record.writeUInt32BE(json.length, 1 + CHECKSUM_BYTES)
  json.copy(record, HEAD_BYTES)
  record.set(digests, HEAD_BYTES + json.length)
  record.set(checksum(key, record), 1)
  return record
}

/** @throws DamagedRecord */
export function decodeRecord (key: Uint8Array, record: Uint8Array): { facts: unknown, digests: Buffer } {
  const digests = readDigests(key, record)
  return { facts: readFacts(record), digests }
}

/** The digests of a record, checked, without a look at what its facts say. @throws DamagedRecord */
export function readDigests (key: Uint8Array, record: Uint8Array): Buffer {
  const bytes = bytesOf(record)
  if (!checksum(key, bytes).equals(bytes.subarray(1, 1 + CHECKSUM_BYTES))) {
    throw new DamagedRecord('a record whose checksum is wrong')
  }
  return Buffer.from(bytes.subarray(endOfFacts(bytes)))
}

/**
 * The facts of a record, without a look at its digests: only for who checks them in another way.
 * @throws DamagedRecord, SyntaxError
 */
export function readFacts (record: Uint8Array): unknown {
  const bytes = bytesOf(record)
  return JSON.parse(bytes.toString('utf8', HEAD_BYTES, endOfFacts(bytes)))
}

function bytesOf (record: Uint8Array): Buffer {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) {
    throw new DamagedRecord('a record of another version, or of none')
  }
  return bytes
}

function endOfFacts (record: Buffer): number {
  return HEAD_BYTES + record.readUInt32BE(1 + CHECKSUM_BYTES)
}

function checksum (key: Uint8Array, record: Buffer): Buffer {
  const hash = createHash('sha256').update(key).update(record.subarray(0, 1))
  return hash.update(record.subarray(1 + CHECKSUM_BYTES)).digest().subarray(0, CHECKSUM_BYTES)
}
