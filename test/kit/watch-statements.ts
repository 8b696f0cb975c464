import type { Writer } from '../../src/store/write/writer.ts'

/** Which statements a store prepares from here on, with how many rows each has read or how often it was run. */
export function watchStatements({ connection }: Pick<Writer, 'connection'>) {
  const seen = new Map<string, number>()
  const sql = connection.sql.bind(connection)
  connection.sql = (text) => {
    const statement = sql(text)
    seen.set(text, seen.get(text) ?? 0)
    return new Proxy(statement, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args)
          const rows = Array.isArray(result) ? result.length : 1
          seen.set(text, (seen.get(text) ?? 0) + rows)
          return result
        }
      },
    })
  }
  return { seen, restore: () => (connection.sql = sql) }
}

/** Where a statement goes through a whole table: lines of its query plan. */
export function scansOf({ connection }: Pick<Writer, 'connection'>, text: string): string[] {
  if (/^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)/.test(text)) return []
  const plan = connection
    .sql(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail))
  // The rows of a subquery, which has a plan of its own above
  const inner = plan.flatMap((detail) => /^CO-ROUTINE (.*)/.exec(detail)?.[1] ?? [])
  return plan
    .filter((detail) => /^SCAN (?!json_each|CONSTANT|\(|clock)/.test(detail))
    .filter((detail) => !without(inner, detail.slice('SCAN '.length)))
}

/** @returns whether it was there; takes it out */
function without(names: string[], name: string): boolean {
  const at = names.indexOf(name)
  if (at >= 0) names.splice(at, 1)
  return at >= 0
}
