/** What the checksum of a finished object's record is over, besides the record. */
export function torrentKey (id: string): Buffer {
  return Buffer.from(id)
}

/** What the checksum of a manifest's record is over, besides the record. */
export function manifestKey (id: string): Buffer {
  return Buffer.from(`${id} manifest`)
}

/** What the checksum of a part's record is over, besides the record. */
export function partKey (id: string, firstPiece: number): Buffer {
  return Buffer.from(`${id}/${firstPiece}`)
}
