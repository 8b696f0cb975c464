/**
 * The database as it was first released, never changed again: what came later is in migrations.ts, and a new store is made
 * by both. README.md says how keys and names are built.
 */
export const applicationId = 0x736c7563 // "sluc"
export const firstVersion = 1

/** Can't be changed once the file exists. */
export const creationPragmas = `
  PRAGMA page_size = 4096;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA application_id = ${String(applicationId)};
`

export const schema = `
-- Which store this is: made with it, and anew at each restore, so that what was learnt of one is never taken for another.
CREATE TABLE identity (store_id TEXT NOT NULL) STRICT;
INSERT INTO identity VALUES (lower(hex(randomblob(16))));

-- The next message or upload gets this number or a later one; written ahead, so that none is given twice.
CREATE TABLE numbering (next_message INTEGER NOT NULL) STRICT;
INSERT INTO numbering VALUES (1);

-- AUTOINCREMENT: who remembers the text of a number that was swept must never see another under it.
CREATE TABLE name (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE message (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  submitter INTEGER NOT NULL,
  sender TEXT NOT NULL,
  route INTEGER NOT NULL,
  size INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  message_id TEXT,
  subject TEXT,
  tag INTEGER,
  esmtp TEXT NOT NULL,
  recipients INTEGER NOT NULL,
  open INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  settled_at INTEGER,
  chunks INTEGER NOT NULL,       -- the number that its bytes lie under
  content_until INTEGER          -- null: kept while anything is open
) STRICT;
CREATE INDEX message_by_message_id ON message (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX message_by_content_until ON message (content_until) WHERE content_until IS NOT NULL;

CREATE TABLE recipient (
  key INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,        -- 0 open; else settled, see states.ts
  address TEXT NOT NULL,
  address_hash INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  submitter INTEGER NOT NULL,
  tag INTEGER,
  sender_hash INTEGER NOT NULL,
  sender_domain INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  held INTEGER NOT NULL,         -- how many rows of held name it; the sum of its holds
  held_at INTEGER,
  cancel INTEGER NOT NULL,       -- purged while in flight: never tried again
  settled_at INTEGER,
  last_code INTEGER,
  last_enhanced TEXT,
  last_text TEXT,
  last_host TEXT,
  last_at INTEGER,
  notify TEXT,
  orcpt TEXT
) STRICT;
-- What is open is found by indexes that a settled recipient leaves; what is looked up by a text, by indexes that are
-- written once. So an outcome changes few of them.
CREATE INDEX recipient_due ON recipient (lane, due_at) WHERE state = 0 AND held = 0;
CREATE INDEX recipient_held ON recipient (state) WHERE held > 0;
CREATE INDEX recipient_cancel ON recipient (state) WHERE cancel = 1 AND state = 0;
CREATE INDEX recipient_by_state ON recipient (state);
CREATE INDEX recipient_open_by_destination ON recipient (destination, held, due_at) WHERE state = 0;
CREATE INDEX recipient_expiry ON recipient (expires_at) WHERE state = 0 AND held = 0;
CREATE INDEX recipient_by_destination ON recipient (destination);
CREATE INDEX recipient_by_submitter ON recipient (submitter);
CREATE INDEX recipient_by_tag ON recipient (tag) WHERE tag IS NOT NULL;
CREATE INDEX recipient_by_sender ON recipient (sender_hash);
CREATE INDEX recipient_by_sender_domain ON recipient (sender_domain);
CREATE INDEX recipient_by_address ON recipient (address_hash);

CREATE TABLE upload (key INTEGER PRIMARY KEY) STRICT; -- chunks without a message yet; swept at a start
CREATE TABLE chunk (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

CREATE TABLE attempt (
  key INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  host TEXT,
  address TEXT,
  tls TEXT,
  code INTEGER,
  enhanced TEXT,
  text TEXT NOT NULL,
  dialogue TEXT,
  recipients TEXT NOT NULL       -- indexes within the message, as ranges: 0-99,103
) STRICT;

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  message INTEGER,
  recipient INTEGER,
  attempt INTEGER,
  data TEXT
) STRICT;

CREATE TABLE ledger (
  day INTEGER NOT NULL,          -- day of acceptance, counted from the epoch
  submitter INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  bounced INTEGER NOT NULL DEFAULT 0,
  expired INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, submitter)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_submitter ON ledger (submitter);

CREATE TABLE usage (
  submitter INTEGER NOT NULL,
  hour INTEGER NOT NULL,         -- counted from the epoch
  recipients INTEGER NOT NULL,
  PRIMARY KEY (submitter, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: an operation may still name one that ended
  scope TEXT NOT NULL,           -- recipients (a selection made once) or account, tag, destination, all (standing)
  value TEXT NOT NULL,
  party TEXT NOT NULL,
  reason TEXT,
  until INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE held (
  recipient INTEGER NOT NULL,
  hold INTEGER NOT NULL,
  PRIMARY KEY (recipient, hold)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_hold ON held (hold);

CREATE TABLE account (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  daily_recipients TEXT,         -- null: the relay's default; 'none'; or a number
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

PRAGMA user_version = ${String(firstVersion)};
`
