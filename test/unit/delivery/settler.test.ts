import { describe, expect, test } from 'vitest'
import {
  afterAnswer,
  firstOffer,
  reducedForm,
  type Offer,
} from '../../../src/delivery/after-answer.ts'
import { settleForSure } from '../../../src/delivery/settler.ts'
import { StoreLost } from '../../../src/store/protocol/client.ts'
import type { AnswerTo } from '../../../src/store/protocol/answers.ts'
import type { Command, NoteCommand, SettleCommand } from '../../../src/store/protocol/commands.ts'
import { firstSession } from '../../kit/sessions.ts'
import { body, messageTo, notificationAbout, outcome, recipientOf } from '../../kit/store.ts'
import { StoreWithSenders } from '../store/write/store-with-senders.ts'
import { readEvents } from '../../kit/read-events.ts'

const fault = { kind: 'fault', fault: 'a bug' } as const
const reduced: Offer = { form: 'reduced', faults: 0 }

describe('after an answer of the store', () => {
  test('a fault is met with three tries of the whole outcome, three of the reduced one, then with a hold', () => {
    const forms: string[] = []
    let offer = firstOffer
    for (;;) {
      forms.push(offer.form)
      const step = afterAnswer(fault, offer)
      if (step.do === 'hold') break
      if (step.do !== 'offer') throw new Error(step.do)
      offer = step.offer
    }
    expect(forms).toEqual(['whole', 'whole', 'whole', 'reduced', 'reduced', 'reduced'])
  })

  test.each<[AnswerTo<SettleCommand>, Offer, string]>([
    [{ kind: 'ok' }, firstOffer, 'done'],
    [{ kind: 'refused', reason: 'unknown message' }, firstOffer, 'forget'],
    [{ kind: 'refused', reason: 'recipient of another message' }, firstOffer, 'hold'],
    [{ kind: 'refused', reason: 'too large' }, reduced, 'hold'],
    [{ kind: 'unavailable', cause: 'store away' }, firstOffer, 'await-store'],
  ])('%j to %j: %s', (answer, offer, step) => {
    expect(afterAnswer(answer, offer).do).toBe(step)
  })

  test('what is too large is reduced at once; a full disk is waited for, however long', () => {
    expect(afterAnswer({ kind: 'refused', reason: 'too large' }, firstOffer)).toMatchObject({
      offer: reduced,
      afterMs: 0,
    })
    const full = { kind: 'unavailable', cause: 'disk full' } as const
    expect(afterAnswer(full, firstOffer)).toMatchObject({ do: 'offer', offer: firstOffer })
  })

  test('the reduced form has the outcomes in plain text, and nothing else', () => {
    const text = `\u0000é${'x'.repeat(500)}`
    const reply = { code: 250.5, enhanced: {} as string, text, host: null }
    const whole = {
      ...outcome(1, 'delivered'),
      outcomes: [{ recipient: 1, kind: 'delivered', reply }],
    }
    const { attempts, dsn, outcomes } = reducedForm(whole as SettleCommand)
    expect({ attempts, dsn }).toEqual({ attempts: [], dsn: null })
    expect(outcomes).toEqual([
      {
        recipient: 1,
        kind: 'delivered',
        reply: { code: null, enhanced: null, text: `?${'x'.repeat(199)}`, host: null },
      },
    ])
  })
})

describe('an outcome', () => {
  const store = new StoreWithSenders()
  const said: string[] = []
  const say = (fields: object) => void said.push(JSON.stringify(fields))
  const log = { debug: () => undefined, info: say, warn: say, error: say }

  /** Settles through the real store; `change` spoils commands on their way. */
  const settle = (
    command: SettleCommand,
    change: (command: Command) => Command | Error = (c) => c,
  ) =>
    settleForSure(
      '01JDEXAMPLE0000000000000000',
      command,
      body,
      {
        store: {
          send: ((given: Command, payload: Uint8Array) => {
            const changed = change(given)
            if (changed instanceof Error) return Promise.reject(changed)
            return store.client.send(changed, payload)
          }) as typeof store.client.send,
          whenConnected: () => Promise.resolve(),
        },
        flight: { session: firstSession },
        log,
      },
      () => Promise.resolve(),
    )

  const acceptOne = async () => {
    const message = messageTo(['a@d.test', 'b@d.test'])
    const answer = await store.client.send(
      { kind: 'accept', upload: null, message, takes: [] },
      body,
    )
    if (answer.kind !== 'accepted') throw new Error(JSON.stringify(answer))
    const keys = [recipientOf(answer.message, 0), recipientOf(answer.message, 1)]
    await store.start(store.client, keys)
    return answer.message
  }
  const spoilt = (command: SettleCommand): SettleCommand => ({
    ...command,
    attempts: command.attempts.map((one) => ({ ...one, dialogue: {} as string })),
  })
  const events = async () => (await readEvents(store.reader, 0, 99)).map(({ event }) => event)

  test('that the store can’t take whole is recorded without what it can’t take, and it is said', async () => {
    const message = await acceptOne()
    const dsn = notificationAbout(message, [1])
    const bounce = { ...spoilt(outcome(message, 'bounced', [0, 1])), dsn }
    expect(await settle(bounce)).toBe('recorded')
    expect(await store.shown(message)).toMatchObject([{ status: 'bounced' }, { status: 'bounced' }])
    expect(await store.reader.ledger()).toMatchObject({
      accepted: 2,
      bounced: 2,
      open: 0,
      difference: 0,
    })
    expect(await events()).toContain('outcome_reduced')
    expect(said.join()).toContain('outcome_reduced')
  })

  test('that it can’t take at all holds the message, which nothing sends again', async () => {
    const message = await acceptOne()
    const strange = outcome(message, 'delivered')
    const outcomes = [{ ...strange.outcomes[0], kind: {} }] as unknown as SettleCommand['outcomes']
    expect(await settle({ ...strange, outcomes })).toBe('held')
    expect(await store.shown(message)).toMatchObject([
      { status: 'held', holds: [{ party: 'restore' }] },
      { status: 'held' },
    ])
    expect(await events()).toContain('outcome_unrecorded')
    const keys = [recipientOf(message, 0), recipientOf(message, 1)]
    await store.client.send({ kind: 'unstart', session: firstSession, recipients: keys })
    expect(await store.start(store.client, keys)).toMatchObject({ recipients: [] })
  })

  test('that can neither be recorded nor held is told apart, so that it stays in flight', async () => {
    const message = await acceptOne()
    const noHold = (command: Command) =>
      command.kind === 'note' ? ({ ...command, happened: {} } as unknown as NoteCommand) : command
    const foreign = { ...outcome(message, 'delivered'), message: message + 1 }
    expect(await settle(foreign, noHold)).toBe('neither')
  })

  test('that was on its way when the store went away is said again', async () => {
    const message = await acceptOne()
    let times = 0
    const lostOnce = (command: Command) => (times++ === 0 ? new StoreLost('away') : command)
    expect(await settle(outcome(message, 'delivered'), lostOnce)).toBe('recorded')
    expect(await store.shown(message)).toMatchObject([
      { status: 'delivered' },
      { status: 'queued' },
    ])
  })
})
