/** What an option is, as plain data. */
export interface OptionSchema {
  readonly type: 'string' | 'integer' | 'array'
  /** What --help calls the value. */
  readonly title: string
  /** It stands by itself: --help is searched, and not read from its beginning. */
  readonly description: string
  /** Undefined: the option may be left out. */
  readonly default?: string | number | readonly string[]
  /** The values that it may have. */
  readonly enum?: readonly string[]
  readonly pattern?: RegExp
  /** What `pattern` asks for, in words. */
  readonly form?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** A text without a default. */
export const text = <const Title extends string>(title: Title, description: string) =>
  ({ type: 'string', title, description }) as const

export const textOr = <const Default extends string>(title: string, description: string, value: Default) =>
  ({ type: 'string', title, description, default: value }) as const

export const formed = (title: string, description: string, value: string, pattern: RegExp, form: string) =>
  ({ type: 'string', title, description, default: value, pattern, form }) as const

/** One of these; the first is the default. */
export const choice = <const Values extends readonly [string, ...string[]]>(description: string, ...values: Values) =>
  ({ type: 'string', enum: values, default: values[0], description, title: values.join('|') }) as const

/** @param maximum undefined: there is none */
export const integer = (title: string, description: string, value: number, minimum: number, maximum?: number) =>
  ({ type: 'integer', title, description, default: value, minimum, ...(maximum !== undefined && { maximum }) }) as const

/** An option that may be repeated. */
export const list = (title: string, description: string) =>
  ({ type: 'array', default: [] as readonly string[], title, description: `${description}; repeatable` }) as const
