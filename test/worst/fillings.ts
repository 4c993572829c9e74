/** What parsers stumble over, to be repeated; in Latin-1, as node:http hands over what it has read. */
const UNITS = [
  ' ', ',', ', ', ';', ';a', '%', '%25', '%C3%BC', '%ED%A0%80', '+', '=', '&', '"', '","', 'W/"a",', '\'', '0', '1-',
  '.', '. ', '1.1.1.1,', '127.0.0.1,', '1:', '::', '(', '<', '</a>', '/', '../', '\\', '__proto__',
  'secret', 'signature=', 'signature%25', 'AWS aa', 'Credential=a,', 'x-amz-', 'Jan ', 'chunked,', 'bytes=0-1,', 'aA',
  '\xC3\xBC', '\xFF', '\xE2\x80\xAE'
] as const
const FEW = [' ', ',', ';a', '%25', '=', '"', '1', '. ', 'aA'] as const

export interface Filling {
  readonly name: string
  /** Of so many bytes at most. */
  of (bytes: number): string
}

/** Every filling, behind what brings a parser to where it stumbles; each ends with what makes it go back. */
export function fillings (beginning = ''): Filling[] {
  return UNITS.map((unit) => fillingOf(beginning, unit))
}

/** Of every kind one. */
export function someFillings (beginning = ''): Filling[] {
  return FEW.map((unit) => fillingOf(beginning, unit))
}

function fillingOf (beginning: string, unit: string): Filling {
  return {
    name: JSON.stringify(`${beginning}${unit}…`),
    of: (bytes) => `${beginning}${unit.repeat(Math.max(0, Math.floor((bytes - beginning.length - 1) / unit.length)))}x`
  }
}
