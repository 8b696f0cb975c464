/** A row as SQLite gives it, and its columns in types of ours. */
export type Row = Record<string, unknown>

export const number = (row: Row, column: string): number => Number(row[column])

export const numberOrNull = (row: Row, column: string): number | null =>
  row[column] === null ? null : Number(row[column])

export const text = (row: Row, column: string): string => String(row[column])

export const textOrNull = (row: Row, column: string): string | null => {
  const value = row[column]
  return typeof value === 'string' ? value : null
}
