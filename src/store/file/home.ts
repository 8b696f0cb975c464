import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import type { Millis } from '../../time/clock.ts'
import type { AnyEvent } from '../../words/event.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { isFull } from './faults.ts'
import { recall, remember as rememberNumber } from './remembered.ts'

/** Where a store lives, as far as it can be told; an empty text: it can't. */
export interface Home {
  /** The machine's own id. A machine made from the snapshot of another gets a new one from most providers. */
  machine: string
  /** The file's number on its file system and, where it is known, when it was made: `inode` or `inode:nanoseconds`. */
  file: string
}

/** How it was found out that the store is not the one, or not where it was. */
export type Copied = 'backup' | 'machine' | 'file'

/** What a backup has in the place of its machine: nothing lives in it. */
const inBackup: Home = { machine: 'backup', file: '' }

/** File systems whose files keep their numbers for good: ext2 to 4, XFS, Btrfs, F2FS, ZFS, tmpfs, bcachefs. */
const numbered = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0xca451a4e,
])

/** What this machine and file are now. */
export const homeOf = (databasePath: string): Home => ({
  machine: machineId(),
  file: fileId(databasePath),
})

/** Where one of these is, the id is not the machine's own for good. */
const passingMachine = [
  '/run/machine-id', // systemd's for machines that get another id at each boot
  // A container has the id of its image, or a new one each time that it is made
  '/.dockerenv',
  '/run/.containerenv',
  '/run/systemd/container',
]

/** The id of the machine whose files are under `root`; an empty text: it has none that lasts. machine-id(5) */
export function machineId(root = ''): string {
  if (passingMachine.some((path) => existsSync(root + path))) return ''
  try {
    const id = readFileSync(`${root}/etc/machine-id`, 'utf8').trim()
    // Before the first boot it is "uninitialized"
    return /^[0-9a-f]{32}$/.test(id) ? id : ''
  } catch {
    return ''
  }
}

function fileId(databasePath: string): string {
  if (!numbered.has(statfsSync(databasePath).type)) return ''
  const { ino, birthtimeNs, ctimeNs } = statSync(databasePath, { bigint: true })
  // Where a file system does not tell when a file was made, Node says when it was changed.
  const isKnown = birthtimeNs > 0n && birthtimeNs !== ctimeNs
  return isKnown ? `${ino}:${birthtimeNs}` : String(ino)
}

/** Why a store that remembers `was` is another one, or another copy, at `is`; null: it is at home. */
export function copiedFrom(was: Home, is: Home): Copied | null {
  if (was.machine === inBackup.machine) return 'backup'
  if (was.machine !== '' && is.machine !== '' && was.machine !== is.machine) return 'machine'
  return isSameFile(was.file, is.file) ? null : 'file'
}

/** A number alone says less than a number with its time, since numbers are used again; what is not known is no difference. */
function isSameFile(was: string, is: string): boolean {
  if (was === '' || is === '') return true
  const [[wasNumber, wasMade], [isNumber, isMade]] = [was.split(':'), is.split(':')]
  const sameTime = wasMade === undefined || isMade === undefined || wasMade === isMade
  return wasNumber === isNumber && sameTime
}

/** What a store remembers; null: nothing yet. */
function readHome(connection: SqliteConnection): Home | null {
  const row = connection.sql('SELECT machine, file FROM home').get()
  return row ? { machine: String(row['machine']), file: String(row['file']) } : null
}

/** Within a transaction. null: whoever opens the store next gives it a home. */
function writeHome(connection: SqliteConnection, home: Home | null): void {
  connection.exec('DELETE FROM home')
  if (home)
    connection.sql('INSERT INTO home (machine, file) VALUES (?, ?)').run(home.machine, home.file)
}

/** Marks a backup as what it is. Releases that did not know of homes wrote theirs without. */
export function markAsBackup(connection: SqliteConnection): void {
  const isKnown = connection.sql("SELECT 1 FROM sqlite_schema WHERE name = 'home'").get()
  if (isKnown) writeHome(connection, inBackup)
}

/** What makes a store another than the one that it was copied from. */
export interface Arrival {
  home: Home | null
  reason: Copied
  /** Numbers that the store before it gave; it gives later ones. */
  given: { message: number; event: number }
  now: Millis
}

/**
 * Within a transaction: makes a store of its own from a copy, with another id, with numbers that the one before never
 * gave, and with everything open held by party `restore`. @returns how many recipients are held
 */
export function makeOwn(
  connection: SqliteConnection,
  { home, reason, given, now }: Arrival,
): number {
  writeHome(connection, home)
  connection.exec('UPDATE identity SET store_id = lower(hex(randomblob(16)))')
  // How long ago the copy was made says nothing of the clock
  connection.exec('UPDATE clock SET seen_at = NULL')
  // Who sends what is in flight there sends it for the store before
  connection.exec('DELETE FROM session')
  const next = Math.max(recall(connection, 'next_message') ?? 0, given.message)
  rememberNumber(connection, 'next_message', next)
  const held = holdEverything(connection, now)
  // What went on when the copy was made is not asked for now; but a standing hold holds all that it is for
  connection
    .sql(
      "UPDATE operation SET state = 'stopped', ended_at = ? WHERE state = 'running' AND action <> 'put_hold'",
    )
    .run(now)
  const restored: AnyEvent = { event: 'restored', data: { held, reason } }
  connection
    .sql(
      `INSERT INTO event (seq, at, event, data)
         SELECT max(coalesce(max(seq), 0), ?) + 1, ?, ?, ? FROM event`,
    )
    .run(given.event, now, restored.event, JSON.stringify(restored.data))
  return held
}

const inTransaction = <T>(connection: SqliteConnection, work: () => T): T => {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

/**
 * To be called by the one process that writes, before it does. A store that was put in place by hand, copied or brought
 * to another machine comes up as a restored one does: what it has open may have been sent by the one that it was copied
 * from. @returns why and how many recipients are held; null: it is at home, or has none yet
 * @param onCopied called before they are, which takes some 10 seconds for each million
 */
export function comeHome(
  connection: SqliteConnection,
  home: Home,
  now: Millis,
  onCopied: (reason: Copied) => void,
): { reason: Copied; held: number } | null {
  const was = readHome(connection)
  const reason = was && copiedFrom(was, home)
  if (reason) {
    onCopied(reason)
    const arrival: Arrival = { home, reason, given: { message: 0, event: 0 }, now }
    return { reason, held: inTransaction(connection, () => makeOwn(connection, arrival)) }
  }
  remember(connection, was, home)
  return null
}

/** What could not be told yet may be known now. A full disk is no reason not to open: the next opening remembers. */
function remember(connection: SqliteConnection, was: Home | null, is: Home): void {
  const machine = is.machine || (was?.machine ?? '')
  const file = is.file.includes(':') || !was?.file ? is.file : was.file
  if (was?.machine === machine && was.file === file) return
  try {
    inTransaction(connection, () => writeHome(connection, { machine, file }))
  } catch (error) {
    if (!isFull(error)) throw error
  }
}

function holdEverything(connection: SqliteConnection, now: Millis): number {
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
  return Number(changes)
}
