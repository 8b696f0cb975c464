import type { RememberedNumber } from '../../words/remembered.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Whose a number is that there is once. */
const relays = ''

/** The number under a name; null: none was remembered. */
export function recall(
  connection: SqliteConnection,
  name: RememberedNumber,
  whose = relays,
): number | null {
  const row = connection
    .sql('SELECT value FROM remembered WHERE name = ? AND whose = ?')
    .get(name, whose)
  return row ? Number(row['value']) : null
}

/** In the place of the one before; null forgets it. Within a transaction. */
export function remember(
  connection: SqliteConnection,
  name: RememberedNumber,
  value: number | null,
  whose = relays,
): void {
  if (value === null) {
    connection.sql('DELETE FROM remembered WHERE name = ? AND whose = ?').run(name, whose)
    return
  }
  connection
    .sql(
      `INSERT INTO remembered (name, whose, value) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
    )
    .run(name, whose, value)
}
