import { resolve } from 'node:path'
import { day } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'

/** What is wrong with one value, and what to write instead. */
export interface SettingProblem {
  problem: string
  mend: string
  /** Where in a value that has parts, from the outside in; absent: the whole value. */
  within?: readonly string[]
}
type Refused = { ok: false; problems: readonly SettingProblem[] }
export type Parsed<V> = { ok: true; value: V } | Refused

/** One setting: its key, its type in the docs, its default as it is written in TOML, and how a written value is read. */
export interface Setting<K extends string, V> {
  /** As in the settings file, with its section: `delivery.route`. */
  readonly key: K
  readonly kind: string
  /** undefined: it has no default. */
  readonly initial: unknown
  readonly about: string
  /** What the example file shows, where the default would mean something else there (a relative path). */
  readonly example?: unknown
  /** Of sections with free names (named-sections.ts): the header of one, and what each of them holds. */
  readonly sections?: { header: string; settings: readonly Setting<string, unknown>[] }
  /** Turns the text of an environment variable into the value that TOML would give. */
  readonly fromText: (text: string) => unknown
  /** `folder`: what relative paths are relative to. */
  readonly read: (written: unknown, folder: string) => Parsed<V>
}

/** What each declaration says besides key and default: what the setting is for, in the words of the docs. */
interface About {
  about: string
}

export const good = <V>(value: V): Parsed<V> => ({ ok: true, value })
export const bad = (problem: string, mend: string): Refused => ({
  ok: false,
  problems: [{ problem, mend }],
})

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) as string | undefined
  // What stands before an @ can be a login.
  return text === undefined || text.length > 60 || text.includes('@')
    ? 'what is written there'
    : text
}
export const wrongType = (written: unknown, mend: string): Refused =>
  bad(`${shown(written)} is of the wrong type`, mend)

/** Whether a value is a table of TOML. */
export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

const numberFromText = (text: string): unknown =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text

/** A text; `parse` checks it and brings it into the form that is used. */
export const text = <K extends string, V>(
  key: K,
  initial: string,
  { about, parse }: About & { parse: (written: string) => Parsed<V> },
): Setting<K, V> => ({
  key,
  kind: 'text',
  initial,
  about,
  fromText: (given) => given,
  read: (written) =>
    typeof written === 'string' ? parse(written) : wrongType(written, 'write a text in quotes'),
})

/** Texts, in the environment separated by commas; `each` checks one of them and brings it into the form that is used. */
export const list = <K extends string, V>(
  key: K,
  initial: readonly string[],
  { about, each }: About & { each: (written: string) => Parsed<V> },
): Setting<K, readonly V[]> => ({
  key,
  kind: 'list',
  initial,
  about,
  fromText: (given) => given.split(',').flatMap((item) => item.trim() || []),
  read: (written) => {
    if (!Array.isArray(written)) return wrongType(written, 'write a list: ["…", "…"]')
    const values: V[] = []
    for (const item of written as unknown[]) {
      if (typeof item !== 'string') return wrongType(item, 'write a list of texts: ["…", "…"]')
      const reading = each(item)
      if (!reading.ok) return reading
      values.push(reading.value)
    }
    return good(values)
  },
})

/** A whole number from `least` to `most`. */
export const count = <K extends string>(
  key: K,
  initial: number,
  { about, least, most = 1_000_000 }: About & { least: number; most?: number },
): Setting<K, number> => ({
  key,
  kind: 'integer',
  initial,
  about,
  fromText: numberFromText,
  read: (written) => {
    const mend = `write a whole number, ${least} to ${most}`
    if (typeof written !== 'number' || !Number.isSafeInteger(written)) {
      return wrongType(written, mend)
    }
    return written < least || written > most
      ? bad(`${written} is out of range`, mend)
      : good(written)
  },
})

/** A number, which may have decimals. */
export const factor = <K extends string>(
  key: K,
  initial: number,
  { about, least }: About & { least: number },
): Setting<K, number> => ({
  key,
  kind: 'number',
  initial,
  about,
  fromText: numberFromText,
  read: (written) => {
    const mend = `write a number, ${least} or more`
    if (typeof written !== 'number' || !Number.isFinite(written)) return wrongType(written, mend)
    return written < least ? bad(`${written} is out of range`, mend) : good(written)
  },
})

export const toggle = <K extends string>(
  key: K,
  initial: boolean,
  { about }: About,
): Setting<K, boolean> => ({
  key,
  kind: 'boolean',
  initial,
  about,
  fromText: (given) => (given === 'true' ? true : given === 'false' ? false : given),
  read: (written) =>
    typeof written === 'boolean' ? good(written) : wrongType(written, 'write true or false'),
})

/** Node's timers take at most 2^31 - 1 ms, and fire at once beyond that; some settings are doubled. */
export const longestTimer = 12 * day
/** Added to any present time, the result is still a valid date. */
const longestSpan = 36_500 * day

/** A span of time, read as milliseconds. `least` and `most` are in milliseconds, too; what waits on a timer is at most `longestTimer`. */
export const duration = <K extends string>(
  key: K,
  initial: string,
  { about, least, most = longestSpan }: About & { least: number; most?: number },
): Setting<K, number> => ({
  key,
  kind: 'duration',
  initial,
  about,
  fromText: (given) => given,
  read: (written) => {
    const mend = 'write a number with ms, s, m, h or d: "90s", "5m", "30d"'
    if (typeof written !== 'string' && written !== 0) return wrongType(written, mend)
    const ms = parseDuration(String(written))
    if (ms === undefined) return bad(`${shown(written)} is not a duration`, mend)
    if (ms < least) return bad(`${shown(written)} is too short`, `write at least ${least} ms`)
    return ms > most
      ? bad(`${shown(written)} is too long`, `write at most "${most / day}d"`)
      : good(ms)
  },
})

/** A span of time as in `duration`, or "auto", read as null: it follows from other settings. */
export const durationOrAuto = <K extends string>(
  key: K,
  bounds: About & { least: number },
): Setting<K, number | null> => {
  const span = duration(key, 'auto', bounds)
  return {
    ...span,
    kind: 'duration | "auto"',
    read: (written, folder) => (written === 'auto' ? good(null) : span.read(written, folder)),
  }
}

/** One of a few words. */
export const choice = <K extends string, C extends string>(
  key: K,
  initial: NoInfer<C>,
  { about, among }: About & { among: readonly C[] },
): Setting<K, C> => ({
  key,
  kind: among.map((each) => `"${each}"`).join(' | '),
  initial,
  about,
  fromText: (given) => given,
  read: (written) => {
    const chosen = among.find((each) => each === written)
    if (chosen !== undefined) return good(chosen)
    return bad(`${shown(written)} is not valid`, `write one of ${among.join(', ')}`)
  },
})

/** A whole number from 0 up, or `"none"` for no limit, which is read as null. */
export const countOrNone = <K extends string>(
  key: K,
  initial: number | 'none',
  { about }: About,
): Setting<K, number | null> => ({
  key,
  kind: 'integer | "none"',
  initial,
  about,
  fromText: numberFromText,
  read: (written) => {
    if (written === 'none') return good(null)
    if (typeof written === 'number' && Number.isSafeInteger(written) && written >= 0) {
      return good(written)
    }
    return bad(`${shown(written)} is not a count`, 'write a whole number from 0 up, or "none"')
  },
})

/** A file or folder, read as an absolute path. An empty text is read as null. */
export const path = <K extends string>(
  key: K,
  initial: string,
  { about }: About,
): Setting<K, string | null> => ({
  key,
  kind: 'path',
  initial,
  about,
  fromText: (given) => given,
  read: (written, folder) => {
    if (typeof written !== 'string') return wrongType(written, 'write a path in quotes')
    if (written.includes('\0')) return bad('a path has no NUL in it', 'write a path')
    return good(written === '' ? null : resolve(folder, written))
  },
})

/** A folder that must be named. `example`: its default as seen from the example file's folder. */
export const folder = <K extends string>(
  key: K,
  initial: string,
  { about, example }: About & { example: string },
): Setting<K, string> => {
  const { read, ...whole } = path(key, initial, { about })
  return {
    ...whole,
    example,
    read: (written, relativeTo) => {
      const reading = read(written, relativeTo)
      if (!reading.ok) return reading
      return reading.value === null
        ? bad('is empty', 'name a folder, such as "/var/lib/sluice"')
        : good(reading.value)
    },
  }
}
