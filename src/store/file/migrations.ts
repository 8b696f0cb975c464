/** What each released schema has more than the one before; migrate.ts takes the steps. */
import { firstVersion, schema } from './schema.ts'

/** What one released schema has more than the one before. A step that was released is never changed again. */
export interface Step {
  version: number
  /** The table whose rows it goes through, and how much of the disk that takes for each byte of its pages. */
  rewrites: { table: string; times: number }
  /** Each only adds, or replaces what is derived from other rows, such as an index. */
  statements: readonly string[]
}

export const steps: readonly Step[] = [
  {
    version: 2,
    rewrites: { table: 'recipient', times: 1 },
    statements: [
      // Who runs the hosts that the recipient's mail goes to, a number of `name`; null until they were looked up.
      'ALTER TABLE recipient ADD COLUMN provider INTEGER',
      // 0 transactional, 1 bulk.
      'ALTER TABLE recipient ADD COLUMN class INTEGER NOT NULL DEFAULT 1',
      // What it waits for until it is due, see states.ts.
      'ALTER TABLE recipient ADD COLUMN waits_for INTEGER',
      // In which lane the mail of a destination waits since the last look-up; all are numbers of `name`.
      `CREATE TABLE destination (
         name INTEGER PRIMARY KEY,
         lane INTEGER NOT NULL,
         provider INTEGER NOT NULL
       ) STRICT`,
      'CREATE INDEX destination_by_lane ON destination (lane)',
      'CREATE INDEX destination_by_provider ON destination (provider)',
      'DROP INDEX recipient_due',
      'CREATE INDEX recipient_due_in_lane ON recipient (lane, class, submitter, due_at) WHERE state = 0 AND held = 0',
      'CREATE INDEX recipient_next_due ON recipient (due_at) WHERE state = 0 AND held = 0',
    ],
  },
  {
    version: 3,
    rewrites: { table: 'recipient', times: 1 },
    statements: [
      // Operations: each slice writes how far it came together with what it changed.
      `CREATE TABLE operation (
         key INTEGER PRIMARY KEY AUTOINCREMENT,
         id TEXT NOT NULL UNIQUE,
         action TEXT NOT NULL,
         filter TEXT NOT NULL,
         party TEXT NOT NULL,
         reason TEXT,
         until INTEGER,
         hold INTEGER,
         state TEXT NOT NULL,
         position INTEGER NOT NULL,
         last_message INTEGER,
         messages INTEGER NOT NULL,
         recipients INTEGER NOT NULL,
         in_flight INTEGER NOT NULL,
         still_held INTEGER NOT NULL,
         content_gone INTEGER NOT NULL,
         principal TEXT NOT NULL,
         begun_at INTEGER NOT NULL,
         ended_at INTEGER
       ) STRICT`,
      "CREATE INDEX operation_running ON operation (key) WHERE state = 'running'",
      'CREATE INDEX operation_by_end ON operation (ended_at) WHERE ended_at IS NOT NULL',
      // Sessions of flight that are not over. AUTOINCREMENT: no number is given twice.
      `CREATE TABLE session (
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         lock TEXT NOT NULL,            -- of two under the same lock the earlier one is dead
         opened_at INTEGER NOT NULL,
         retry_first INTEGER NOT NULL,  -- how it waits before it tries again, in milliseconds
         retry_longest INTEGER NOT NULL,
         retry_factor REAL NOT NULL
       ) STRICT`,
      // What is known of the clock; one row.
      `CREATE TABLE clock (
         seen_at INTEGER,              -- the time that was acted on when the store wrote, every few minutes; null: never
         ahead INTEGER NOT NULL,       -- how far the machine's clock was ahead of it, as far as nobody accepted that
         changes INTEGER NOT NULL,     -- grows with each change of "ahead"
         unbounded INTEGER NOT NULL    -- 1: rows may have times that a clock that was ahead has left
       ) STRICT`,
      'INSERT INTO clock VALUES (NULL, 0, 0, 1)',
      'CREATE INDEX hold_by_until ON hold (until) WHERE until IS NOT NULL',
      // Standing holds are few, those of operations may be very many.
      "CREATE INDEX hold_standing ON hold (id) WHERE scope <> 'recipients'",
      // Messages accepted at an earlier time than those before them, as the clock was put back.
      'CREATE TABLE acceptance_break (key INTEGER PRIMARY KEY) STRICT',
      `INSERT INTO acceptance_break
         SELECT key FROM (SELECT key, accepted_at < lag(accepted_at) OVER (ORDER BY key) AS back FROM message) WHERE back`,
      // Where the store lives, see home.ts; one row, none before it was first opened.
      'CREATE TABLE home (machine TEXT NOT NULL, file TEXT NOT NULL) STRICT',
      // Opening settled recipients again. How long delivery may try, in ms; null: accepted before it was kept.
      'ALTER TABLE message ADD COLUMN lifetime INTEGER',
      'ALTER TABLE ledger ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0',
      // New mail is due at once and told of when it is accepted: what waits for a moment is found by this index, the rest by
      // its lane. Those that a store of schema 1 deferred wait for their retry, also where no try was counted, as with DNS trouble.
      `UPDATE recipient SET waits_for = 1
         WHERE state = 0 AND (attempts > 0 OR last_at IS NOT NULL) AND waits_for IS NULL`,
      'DROP INDEX recipient_next_due',
      'CREATE INDEX recipient_next_due ON recipient (due_at) WHERE state = 0 AND held = 0 AND waits_for IS NOT NULL',
      // Whether a held recipient still has a lane, which must not be swept then.
      'CREATE INDEX recipient_held_in_lane ON recipient (lane) WHERE held > 0',
    ],
  },
  {
    version: 4,
    // Its rows go to a table with four times as much in a row
    rewrites: { table: 'usage', times: 5 },
    statements: [
      // What was refused at the door, by submitter (a number of `name`) and reason; the hour is counted from the epoch.
      `CREATE TABLE refusal (
         hour INTEGER NOT NULL,
         submitter INTEGER NOT NULL,
         reason TEXT NOT NULL,
         count INTEGER NOT NULL,
         first_at INTEGER NOT NULL,
         last_at INTEGER NOT NULL,
         last_text TEXT NOT NULL,
         PRIMARY KEY (hour, submitter, reason)
       ) STRICT, WITHOUT ROWID`,
      'CREATE INDEX refusal_by_submitter ON refusal (submitter, hour)',
      // What was used of each limit; the table `usage` counted in hours, and one limit only.
      `CREATE TABLE limit_usage (
         submitter INTEGER NOT NULL,   -- a number of name; 0: the whole relay
         limit_name TEXT NOT NULL,
         bucket INTEGER NOT NULL,      -- when it began, in milliseconds
         amount INTEGER NOT NULL,
         leaves_at INTEGER NOT NULL,   -- when it has left the limit's window
         PRIMARY KEY (submitter, limit_name, bucket)
       ) STRICT, WITHOUT ROWID`,
      `INSERT INTO limit_usage
         SELECT submitter, 'daily_recipients', hour * 3600000, recipients, (hour + 25) * 3600000 FROM usage`,
      'DELETE FROM usage',
    ],
  },
  {
    version: 5,
    rewrites: { table: 'message', times: 1 },
    statements: [
      // Numbers by name, see src/words/remembered.ts. One of them had the table `numbering` for itself.
      `CREATE TABLE remembered (
         name TEXT NOT NULL,
         whose TEXT NOT NULL,          -- such as a receiver of events; empty: there is one for the relay
         value INTEGER NOT NULL,
         PRIMARY KEY (name, whose)
       ) STRICT, WITHOUT ROWID`,
      "INSERT INTO remembered SELECT 'next_message', '', next_message FROM numbering",
      'DELETE FROM numbering',
      // Under submitter 0, the whole relay: what is asked for in sums must not take a walk through all submitters and days.
      `INSERT INTO ledger (day, submitter, accepted, reopened, delivered, bounced, expired, cancelled, suppressed)
         SELECT day, 0, sum(accepted), sum(reopened), sum(delivered), sum(bounced), sum(expired), sum(cancelled),
                sum(suppressed) FROM ledger GROUP BY day`,
      // What waits for anything but another try, to be counted by what it waits for. No row does so before this step.
      `CREATE INDEX recipient_waiting ON recipient (waits_for, due_at, destination)
         WHERE state = 0 AND held = 0 AND waits_for NOT IN (1, 6)`,
      // Of a bounce message: the key of the message that it is about, also once that one is deleted.
      'ALTER TABLE message ADD COLUMN about INTEGER',
      'CREATE INDEX message_by_about ON message (about) WHERE about IS NOT NULL',
    ],
  },
  {
    version: 6,
    // The index takes a part of what the rows take
    rewrites: { table: 'event', times: 1 },
    statements: [
      // The history of a message. Both grow with time, so the newest entries lie together.
      'CREATE INDEX event_by_message ON event (message, seq) WHERE message IS NOT NULL',
      // What a key is for, who made it, and what bounds it; lists with spaces between, null: unbounded.
      "ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'customer'",
      'ALTER TABLE api_key ADD COLUMN made_by TEXT',
      'ALTER TABLE api_key ADD COLUMN expires_at INTEGER',
      'ALTER TABLE api_key ADD COLUMN last_used_at INTEGER',
      'ALTER TABLE api_key ADD COLUMN networks TEXT',
      'ALTER TABLE api_key ADD COLUMN accounts TEXT',
      // Who changed what, and who looked into content; rows are only added, and dropped when they are old.
      `CREATE TABLE audit (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         at INTEGER NOT NULL,
         actor TEXT NOT NULL,          -- as in events
         key_name TEXT,                -- how the key was called, where it was one
         action TEXT NOT NULL,
         subject TEXT,                 -- a login, a key, a message, an operation
         filter TEXT,                  -- JSON
         recipients INTEGER,           -- how many were changed
         reason TEXT,
         detail TEXT                   -- JSON: what of it was changed, and to what
       ) STRICT`,
      'CREATE INDEX audit_by_actor ON audit (actor, seq)',
    ],
  },
]

/** The newest schema; what is older is brought to it at opening. */
export const schemaVersion = steps.at(-1)?.version ?? firstVersion

/** The tables that a store of a schema has. */
export const tablesOf = (version: number): string[] =>
  [schema, ...steps.filter((step) => step.version <= version).flatMap((step) => step.statements)]
    .flatMap((sql) => [...sql.matchAll(/CREATE TABLE (\w+)/g)])
    .map(([, name]) => String(name))
