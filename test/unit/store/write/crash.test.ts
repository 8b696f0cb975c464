import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { StoreClient } from '../../../../src/store/protocol/client.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { spawnForTest } from '../../../kit/child.ts'
import { soon } from '../../../kit/facts.ts'
import { seeded } from '../../../kit/seeded.ts'
import { aProcess, body, messageTo, operation, outcome, recipientOf } from '../../../kit/store.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'
import { daily } from '../../../kit/usage.ts'

const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

/** What was said to the store, and what it answered; an answer that never came is not here. */
interface Told {
  accepted: Set<string>
  refused: Set<string>
  settled: Map<string, string>
}

async function begin(folder: string) {
  // The child ends when its standard input does: it outlives neither this test nor a runner that is killed.
  const store = spawnForTest(process.execPath, [child, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(store.stdout, 'data')
  const client = new StoreClient({ socketPath: join(folder, 'store.sock'), principal: aProcess })
  await client.whenConnected()
  return { store, client }
}

/** One sender: messages of one or several pieces, outcomes, operations, until the store is gone. */
async function send(client: StoreClient, told: Told, random: () => number): Promise<void> {
  for (;;) {
    const large = random() < 0.2
    const bytes = large ? Buffer.alloc(300_000, 'x') : body
    const count = 1 + Math.floor(random() * 3)
    const addresses = Array.from({ length: count }, (_, n) => `u${n}@d.test`)
    const message = messageTo(addresses, { sizeBytes: bytes.length })
    const opened = large
      ? await client.send({ kind: 'chunk', upload: null }, bytes.subarray(0, 200_000))
      : null
    const upload = opened?.kind === 'chunk' ? opened.upload : null
    const rest = large ? bytes.subarray(200_000) : bytes
    const take = { ...daily, allowed: 600, amount: count } as const
    const answer = await client.send({ kind: 'accept', upload, message, takes: [take] }, rest)
    if (answer.kind !== 'accepted') told.refused.add(message.id)
    else {
      told.accepted.add(message.id)
      if (random() < 0.5) {
        const settled = await client.send(outcome(answer.message, 'delivered', [0]))
        if (settled.kind === 'ok') told.settled.set(message.id, 'delivered')
      } else if (random() < 0.2) {
        const purged = await client.send(operation('purge', { filter: { id: message.id } }))
        if (purged.kind === 'operated') told.settled.set(message.id, 'cancelled')
      }
    }
  }
}

test('killed again and again with -9: all that was answered is there and whole, nothing that was refused is, and the ledger agrees', async () => {
  using folder = tempFolder()
  const random = seeded(5)
  const told: Told = { accepted: new Set(), refused: new Set(), settled: new Map() }
  for (let round = 0; round < 6; round++) {
    const { store, client } = await begin(folder.path)
    const senders = Promise.allSettled(Array.from({ length: 8 }, () => send(client, told, random)))
    // Killed when it has answered so many more: in the midst of whatever it does then. Once the limit is reached it
    // accepts nothing more, and how early that is depends on how much each kill left unanswered.
    const enough = told.accepted.size + 20 + Math.floor(random() * 60)
    const isEnough = () => round < 5 && told.accepted.size >= enough
    await soon('enough is answered', () => isEnough() || told.refused.size > 0)
    store.kill('SIGKILL')
    await once(store, 'exit')
    await senders
    client.close()
  }
  const { store, client } = await begin(folder.path)
  const reader = openReader(join(folder.path, 'sluice.db'), aProcess)
  expect(told.refused.size).toBeGreaterThan(0)
  for (const id of told.refused) expect(await reader.message(id, new Set(), 0)).toBeNull()
  for (const id of told.accepted) {
    const seen = await reader.message(id, new Set(), 0)
    expect(seen).not.toBeNull()
    if (!seen) continue
    const status = told.settled.get(id)
    if (status) {
      const first = seen.recipients.find(({ key }) => key === recipientOf(seen.key))
      expect(first?.status).toBe(status)
    }
    const bytes = Buffer.concat(await reader.content(seen.key))
    expect(bytes.length).toBe(seen.sizeBytes)
  }
  expect((await reader.ledger()).difference).toBe(0)
  // More than was answered can be there: a kill between commit and answer. Never more than was taken from the limit.
  const { accepted } = await reader.ledger()
  const used = await reader.used(daily, { kind: 'account', id: 'demo' }, Date.now())
  expect(used).toBe(accepted)
  expect(used).toBeLessThanOrEqual(600)
  await reader.close()
  client.close()
  store.kill('SIGTERM')
  await once(store, 'exit')
})
