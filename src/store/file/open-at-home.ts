import type { Clock } from '../../time/clock.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { isFull, StoreUnusable } from './faults.ts'
import { comeHome, homeOf, type Copied } from './home.ts'
import { openWithRoom } from './open-with-room.ts'
import { setStrayLogAside } from './stray-log.ts'

const words: Readonly<Record<Copied, string>> = {
  backup: 'the store is a backup that was put in its place',
  machine: 'the store was last used on another machine',
  file: 'the store is a copy of the file that was last used',
}

const fix = 'if this is the only store, release the mail: npx sluice release --all --party restore'

/** Opens the store for the process that writes; one that was copied comes up held, and the log says so. @throws StoreUnusable */
export function openAtHome(
  options: Parameters<typeof openWithRoom>[0] & { clock: Clock },
): SqliteConnection {
  const { databasePath, clock, log } = options
  const strayLog = setStrayLogAside(databasePath, clock.now())
  if (strayLog !== null) {
    log.warn(
      { event: 'stray_log', path: strayLog },
      'the write-ahead log beside the store belongs to another file, such as the store that was here before, and was moved aside: ' +
        'keep it with that file, as it has the mail that was accepted last',
    )
  }
  const connection = openWithRoom(options)
  const arrived = giveHome(connection, databasePath, clock, (reason) =>
    log.info(
      { event: 'holding_copy', reason, found: words[reason] },
      'the store is a copy: holding all open mail, which takes some seconds for each million recipients',
    ),
  )
  if (arrived) {
    log.warn(
      { event: 'store_copied', ...arrived, found: words[arrived.reason], fix },
      'the store is a copy: all open mail is held, as it may have been sent since',
    )
  }
  return connection
}

/** A store at home is opened on a full disk, too; one that was copied must be held first. */
function giveHome(
  connection: SqliteConnection,
  databasePath: string,
  clock: Clock,
  onCopied: (reason: Copied) => void,
) {
  try {
    return comeHome(connection, homeOf(databasePath), clock.now(), onCopied)
  } catch (error) {
    if (!isFull(error)) throw error
    throw new StoreUnusable(`the disk of ${databasePath} is full`, {
      mend: 'make room on it, such as by moving old copies away, and start again',
      cause: error,
      passing: true,
    })
  }
}
