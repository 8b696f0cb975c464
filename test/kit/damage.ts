import { closeSync, openSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const pageBytes = 4096

/** The pages of a table or an index of a store, its leaves alone where asked for, in the order of their keys. */
function pagesOf(path: string, name: string, leaves: boolean): number[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const kind = leaves ? "AND pagetype = 'leaf'" : ''
    return database
      .prepare(`SELECT pageno FROM dbstat WHERE name = ? ${kind} ORDER BY path`)
      .all(name)
      .map(({ pageno }) => Number(pageno))
  } finally {
    database.close()
  }
}

/**
 * Overwrites the first bytes of the pages of a table or an index, where SQLite keeps what a page is made of; `first`: of
 * the first leaf alone. All of the store must lie in its file, nothing of these pages in the log.
 */
export function damagePages(path: string, name: string, which: 'all' | 'first' = 'all'): void {
  const pages = pagesOf(path, name, which === 'first')
  const file = openSync(path, 'r+')
  for (const page of which === 'first' ? pages.slice(0, 1) : pages)
    writeSync(file, Buffer.alloc(16, 0xa5), 0, 16, (page - 1) * pageBytes)
  closeSync(file)
}
