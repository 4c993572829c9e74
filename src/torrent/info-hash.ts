import { createHash } from 'node:crypto'
import { DIGEST_BYTES, DIGEST_DIGITS } from './sha1.js'

/** The bytes or digits are no info hash. */
export class MalformedInfoHash extends Error {
  override name = 'MalformedInfoHash'
}

const DIGITS = new RegExp(`^[0-9a-f]{${DIGEST_DIGITS}}$`, 'i')

/** The name of a torrent in the swarm: the SHA-1 of its info dictionary (BEP 3). */
export class InfoHash {
  /** In lower case. */
  readonly hex: string

  private constructor (hex: string) {
    this.hex = hex
  }

  /** @throws MalformedInfoHash */
  static ofBytes (bytes: Uint8Array): InfoHash {
    if (bytes.length !== DIGEST_BYTES) {
      throw new MalformedInfoHash(`an info hash has ${DIGEST_BYTES} bytes, not ${bytes.length}`)
    }
    return new InfoHash(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'))
  }

  /** @throws MalformedInfoHash */
  static ofHex (digits: string): InfoHash {
    if (!DIGITS.test(digits)) throw new MalformedInfoHash(`an info hash has ${DIGEST_DIGITS} hexadecimal digits`)
    return new InfoHash(digits.toLowerCase())
  }

  /** Of an info dictionary, as it is written. */
  static ofInfo (info: Uint8Array): InfoHash {
    return new InfoHash(createHash('sha1').update(info).digest('hex'))
  }

  get bytes (): Buffer {
    return Buffer.from(this.hex, 'hex')
  }

  equals (other: InfoHash): boolean {
    return this.hex === other.hex
  }
}
