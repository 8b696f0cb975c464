/**
 * Makes the small store that stands for this release's schema: `node test/stores/make.ts FILE`. Run once for each
 * schema, with the release that has it as its newest; the file is kept as version-N.db and never made again, since only
 * a store of that release shows that its mail survives a migration.
 */
import { copyFileSync } from 'node:fs'
import { body, accept, messageTo, openPieces, OwnClock, operation, outcome } from '../kit/store.ts'
import { keyRights } from '../kit/key-rights.ts'
import { tempFolder } from '../kit/temp-folder.ts'
import { daily } from '../kit/usage.ts'

/** Due long ago, and not expired before this is read: the mail can be sent on any day. */
const clock = new OwnClock()
clock.at = Date.UTC(2020, 0, 1, 12)
const lifetimeMs = 200 * 365 * 86_400_000

/** Stands in the store for a port that the test has. */
const smarthost = 'smtp://127.0.0.1:2525'

const [, , target = ''] = process.argv
using folder = tempFolder()
const pieces = openPieces(folder.path, { clock })
let made = 0
const mail = (to: string[], route: string, more: object = {}, bytes = body) => {
  const id = `01DXF6DT00000000000000${String(++made).padStart(4, '0')}`
  const message = messageTo(to, { id, route, lifetimeMs, sizeBytes: bytes.length, ...more })
  return accept(pieces, message, bytes)
}

await pieces.send({
  kind: 'put-account',
  name: 'demo',
  passwordHash: '$scrypt$ln=4,r=8,p=1$c2FsdA$aGFzaA',
  dailyRecipients: 5000,
  create: true,
})
const key = { kind: 'put-api-key', id: 'key1', secretHash: 'a'.repeat(64) } as const
await pieces.send({ ...key, name: 'page', rights: keyRights('read', 'queue') })

await mail(['open@a.example', 'open@b.example'], 'sandbox', {
  tag: 'news',
  messageIdHeader: '<open@x>',
})
await mail(['due@a.example', 'due@c.example'], smarthost, { subject: 'to the smarthost' })
const deferred = await mail(['later@d.example'], 'sandbox', { esmtp: { body: '8BITMIME' } })
await pieces.send(outcome(deferred, { dueAt: clock.at + 60_000 }))
const bounced = await mail(['gone@a.example', 'there@a.example'], 'mx')
await pieces.send(outcome(bounced, 'bounced', [0]))
await pieces.send(outcome(bounced, 'delivered', [1]))

const held = await mail(['held@e.example'], 'sandbox', { tag: 'held' })
await pieces.send(operation('hold', { filter: { tag: 'held' }, reason: 'looked at' }))
await pieces.send({
  kind: 'put-hold',
  scope: 'destination',
  value: 'f.example',
  party: 'operator',
  reason: null,
  until: null,
})
await mail(['waits@f.example'], 'mx')

const large = Buffer.from(`Subject: in two pieces\r\n\r\n${'x'.repeat(998)}\r\n`)
const opened = pieces.now({ kind: 'chunk', upload: null }, large.subarray(0, 500))
const upload = opened.kind === 'chunk' ? opened.upload : null
const message = messageTo(['pieces@g.example'], {
  id: '01DXF6DT0000000000000PIECE',
  route: 'sandbox',
  lifetimeMs,
  sizeBytes: large.length,
})
const take = { ...daily, allowed: 5000, amount: 1 } as const
await pieces.send({ kind: 'accept', upload, message, takes: [take] }, large.subarray(500))
pieces.now({ kind: 'chunk', upload: null }, body) // an upload that a crash left
if (held < bounced) throw new Error('keys grow with acceptance')

pieces.close()
copyFileSync(pieces.databasePath, target)
