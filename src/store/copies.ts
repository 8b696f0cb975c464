import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Millis } from '../time/clock.ts'
import { openForReading, openForWriting, StoreUnusable } from './database.ts'

/**
 * Writes a whole, compact copy of the store while it is in use. VACUUM INTO reads one snapshot and is done; SQLite's
 * backup interface starts anew at each write, and would never end under load.
 */
export function copyStore(databasePath: string, target: string): void {
  if (existsSync(target)) throw new StoreUnusable(`${target} is there already; name a new file`)
  const connection = openForReading(databasePath)
  try {
    connection.sql('VACUUM INTO ?').run(target)
  } finally {
    connection.close()
  }
}

/**
 * Puts a copy in the store's place; the store must not be in use. What was there is kept beside it. Everything open is
 * held by party `restore`: what was sent after the copy was made must not be sent again without somebody's word.
 * @returns how many recipients are held, and where the old store lies
 */
export function restoreStore(
  copy: string,
  databasePath: string,
  now: Millis,
): { held: number; oldStore: string | null } {
  checkCopy(copy)
  const oldStore = existsSync(databasePath) ? `${databasePath}.before-restore-${now}` : null
  const arriving = `${databasePath}.arriving`
  for (const suffix of ['', '-wal', '-shm']) rmSync(arriving + suffix, { force: true })
  copyFileSync(copy, arriving)
  // Held before it is in its place: cut off in between, nothing could be sent again.
  const held = holdEverything(arriving, now)
  if (oldStore) renameSync(databasePath, oldStore)
  // The log belongs to the old file: with the new one it would be poison.
  for (const suffix of ['-wal', '-shm']) {
    if (oldStore && existsSync(databasePath + suffix))
      renameSync(databasePath + suffix, oldStore + suffix)
    else rmSync(databasePath + suffix, { force: true })
  }
  renameSync(arriving, databasePath)
  return { held, oldStore }
}

function checkCopy(copy: string): void {
  if (!existsSync(copy)) throw new StoreUnusable(`${copy} is not there`)
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    const answer = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
    if (answer !== 'ok') throw new StoreUnusable(`${copy} is damaged itself: ${String(answer)}`)
  } finally {
    database.close()
  }
}

function holdEverything(databasePath: string, now: Millis): number {
  const connection = openForWriting(databasePath)
  try {
    connection.exec('BEGIN IMMEDIATE')
    connection.exec('UPDATE identity SET store_id = lower(hex(randomblob(16)))')
    const reason = 'restored from a copy: release what was not sent since'
    const { lastInsertRowid: hold } = connection
      .sql(
        "INSERT INTO hold (scope, value, party, reason, created_at) VALUES ('recipients', '', 'restore', ?, ?)",
      )
      .run(reason, now)
    const { changes } = connection
      .sql('INSERT INTO held (recipient, hold) SELECT key, ? FROM recipient WHERE state = 0')
      .run(hold)
    connection
      .sql('UPDATE recipient SET held = held + 1, held_at = coalesce(held_at, ?) WHERE state = 0')
      .run(now)
    connection
      .sql(
        "INSERT INTO event (seq, at, event, data) SELECT max(seq) + 1, ?, 'restored', ? FROM event",
      )
      .run(now, JSON.stringify({ held: Number(changes) }))
    connection.exec('COMMIT')
    return Number(changes)
  } finally {
    connection.close()
  }
}
