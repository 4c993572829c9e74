const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MAX_LENGTH = 64
const TIME = String.raw`(?<h>\d\d):(?<m>\d\d):(?<s>\d\d)`
// RFC 9110 writes GMT; RFC 5322, which it has the form from, an offset too, as s3cmd does.
const ZONE = String.raw`(?:GMT|UTC?|Z|(?<sign>[+-])(?<zh>\d\d):?(?<zm>\d\d))`
const HTTP = [
  String.raw`(?:[a-z]{3,9}, ?)?(?<day>\d{1,2}) (?<month>[a-z]{3}) (?<year>\d{4}) ${TIME} ${ZONE}`, // IMF-fixdate
  String.raw`[a-z]{6,9}, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) ${TIME} ${ZONE}`, // RFC 850
  String.raw`[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})` // asctime, which is UTC
].map((form) => new RegExp(`^${form}$`, 'i'))
const ISO = [
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<h>\d\d):(?<m>\d\d):(?<s>\d\d)(?:\.\d{1,9})?Z$/,
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)T(?<h>\d\d)(?<m>\d\d)(?<s>\d\d)Z$/
]
const ISO_OFFSET = new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ]${TIME}(?:\.\d{1,9})?` +
  String.raw`(?<sign>[+-])(?<zh>\d\d):?(?<zm>\d\d)$`)

/**
 * The instant of an HTTP-date (RFC 9110 §5.6.7) in any of its three forms, of the years 1 to 9999; an offset may stand
 * for GMT. Undefined for everything else, and for days that no calendar has.
 */
export function httpDate (text: string): Date | undefined {
  return read(HTTP, text)
}

/** The same of what clients sign with: an HTTP-date, or ISO 8601 in UTC, long or short. */
export function signingDate (text: string): Date | undefined {
  return read([...HTTP, ...ISO], text)
}

/** The same of what stores write: an HTTP-date, or ISO 8601 with an offset. */
export function storeDate (text: string): Date | undefined {
  return read([...HTTP, ...ISO, ISO_OFFSET], text)
}

function read (forms: readonly RegExp[], text: string): Date | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const groups = firstMatch(forms, text.trim())
  if (groups === undefined) return undefined
  const number = (name: string): number => Number(groups[name] ?? 0)
  const name = groups['month'] ?? ''
  const month = /^\d/.test(name) ? number('month') - 1 : MONTHS.indexOf(name.toLowerCase())
  const [day, h, m, s, zh, zm] = [
    number('day'), number('h'), number('m'), number('s'), number('zh'), number('zm')
  ] as const
  if (month < 0 || h > 23 || m > 59 || s > 60 || zh > 23 || zm > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(yearOf(groups['year'] ?? ''), month, day)
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined
  // A leap second is none to Date.
  date.setUTCHours(h, m - (groups['sign'] === '-' ? -1 : 1) * (zh * 60 + zm), Math.min(s, 59))
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date : undefined
}

// Every answer of a store has a date, and nearly all of them have the first form.
function firstMatch (forms: readonly RegExp[], text: string): Record<string, string> | undefined {
  for (const form of forms) {
    const groups = form.exec(text)?.groups
    if (groups !== undefined) return groups
  }
  return undefined
}

// RFC 9110 §5.6.7: two digits that are more than 50 years ahead are the last year in the past with them.
function yearOf (digits: string): number {
  if (digits.length === 4) return Number(digits)
  const now = new Date().getUTCFullYear()
  const year = now - now % 100 + Number(digits)
  return year > now + 50 ? year - 100 : year
}
