import { expect, test } from 'vitest'
import { acceptMessage } from '../../../src/submission/accept-message.ts'
import type { Draft } from '../../../src/submission/draft.ts'
import type { Intake } from '../../../src/submission/intake.ts'
import type { StorePort } from '../../../src/submission/store-port.ts'
import { eventually } from '../../kit/facts.ts'
import { body, messageTo, runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('an envelope that never fits into a command is refused for good, and its bytes go', async () => {
  using folder = tempFolder()
  const running = await runTestStore(folder.path)
  const { client } = running
  const store: StorePort = {
    connected: true,
    epoch: 0,
    send: (command, payload) => client.send(command, payload),
    as: (by) => client.as(by),
  }
  const opened = await client.send({ kind: 'chunk', upload: null }, body)
  if (opened.kind !== 'chunk') throw new Error('no upload')
  const recipient = { destination: 'd.test', orcpt: 'x'.repeat(500) }
  const { id, submitter, sender, esmtp } = messageTo(['a@d.test'])
  const recipients = new Map(
    Array.from({ length: 20_000 }, (_, n) => [`u${n}`, { ...recipient, address: `u${n}@d.test` }]),
  )
  const draft: Draft = {
    ...{ id, submitter, sender, esmtp, recipients },
    ...{ limits: [], announcedBytes: 0, counted: 0 },
  }
  const header = { messageIdHeader: null, subject: null, tag: null, received: 1 }
  const { upload } = opened
  const taken = { upload, rest: body, sizeBytes: 2 * body.length, header }
  const intake = { finish: () => Promise.resolve(taken) } as unknown as Intake
  const parts = { draft, intake, route: 'mx', lifetimeMs: 1000 }
  expect(await acceptMessage(store, parts)).toMatchObject({
    kind: 'refused',
    reply: { code: 554, enhanced: '5.5.3' },
  })
  await eventually('the upload was dropped', async () => {
    const answer = await client.send({ kind: 'chunk', upload }, body)
    return answer.kind === 'refused' ? answer : undefined
  })
  expect((await running.reader.ledger()).accepted).toBe(0)
  await running.close()
})
