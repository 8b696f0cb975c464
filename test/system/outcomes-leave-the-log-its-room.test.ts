import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StoreClient } from '../../src/store/protocol/client.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import { eventually, within } from '../kit/facts.ts'
import { firstSession } from '../kit/sessions.ts'
import { accept, messageTo, outcome, recipientOf, runTestStore } from '../kit/store.ts'
import { beforeNextSweepMs, behindReader, mebibyte } from './behind-reader.ts'
import { isRoot } from './needs.ts'
import { smallDisk } from './small-disk.ts'

const indexes = Array.from({ length: 100 }, (_, index) => index)
const recipients = indexes.map((index) => `a${index}@d.test`)

/** Mail to a hundred recipients each, all of them in flight. */
const inFlight = (count: number) => async (client: StoreClient) => {
  const mail: MessageKey[] = []
  while (mail.length < count) {
    const key = await accept(client, messageTo(recipients))
    const all = indexes.map((index) => recipientOf(key, index))
    const command = { kind: 'start', session: firstSession, recipients: all } as const
    expect(await client.send(command)).toMatchObject({ kind: 'started' })
    mail.push(key)
  }
  return mail
}

test.skipIf(!isRoot)(
  'outcomes of more mail in flight than a short disk has room for wait behind a long reader; all are written when it is gone',
  async () => {
    using disk = smallDisk(400)
    const { store, mail, warned, free, sendsMail, end } = await behindReader(disk, inFlight(600))
    // Another program fills the disk until the outcomes need more than what is left
    writeFileSync(join(disk.path, 'more'), Buffer.alloc(free() - 12 * mebibyte, 1))
    const later = Date.UTC(2040, 0, 1)
    let written = 0
    const settled = mail.map(async (key) => {
      const answer = await store.client.send(outcome(key, { dueAt: later + key }, indexes))
      written++
      return answer.kind
    })
    await eventually('room that is kept', async () => !(await sendsMail()) || undefined)
    await eventually('outcomes that wait', () => warned.includes('outcomes_wait') || undefined)
    expect(written).toBeGreaterThan(10)
    expect(written).toBeLessThan(mail.length - 10)
    expect(free()).toBeGreaterThan(2 * mebibyte)
    end()
    const all = await within('all outcomes', Promise.all(settled), beforeNextSweepMs)
    expect(new Set(all)).toEqual(new Set(['ok']))
    await eventually('sending', async () => (await sendsMail()) || undefined, beforeNextSweepMs)
    expect(await store.reader.ledger()).toMatchObject({ open: 60_000, difference: 0 })
    await store.close()
  },
)

test.skipIf(!isRoot)(
  'an orderly stop writes the outcomes that wait for room where the reader is gone by then',
  async () => {
    using disk = smallDisk(400)
    const { store, mail, warned, free, end } = await behindReader(disk, inFlight(600))
    writeFileSync(join(disk.path, 'more'), Buffer.alloc(free() - 12 * mebibyte, 1))
    const ifLost = (): null => null
    for (const key of mail) store.client.send(outcome(key, 'delivered', indexes)).catch(ifLost)
    // Its answer tells that the store has read all that was sent before
    await store.client.send({ kind: 'in-flight' })
    await eventually('outcomes that wait', () => warned.includes('outcomes_wait') || undefined)
    end()
    await store.close()
    const again = await runTestStore(disk.path, { follows: false })
    expect(await again.reader.ledger()).toMatchObject({ delivered: 60_000, difference: 0 })
    await again.close()
  },
)
