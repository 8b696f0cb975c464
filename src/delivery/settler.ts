import type { CommandPort } from '../store/protocol/client.ts'
import type { SessionNumber, SettleCommand } from '../store/protocol/commands.ts'
import type { Millis } from '../time/clock.ts'
import { afterAnswer, firstOffer, reducedForm, type NextStep, type Offer } from './after-answer.ts'
import type { DeliveryLog } from './delivery-log.ts'

export interface SettlerTools {
  store: Pick<CommandPort, 'send'> & { whenConnected(): Promise<void> }
  flight: { readonly session: SessionNumber }
  log: DeliveryLog
}

type Unnumbered = Omit<SettleCommand, 'session'>

/**
 * `recorded`: on disk. `gone`: the store has no such message. `held`: it could not be recorded, and the message is held.
 * `neither`: nor could that be; its recipients must stay in flight, or they would be sent again.
 */
export type Settled = 'recorded' | 'gone' | 'held' | 'neither'

const pause = (ms: Millis): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Has an outcome recorded: what was delivered and isn't written down would be sent again. Said twice it does no harm, as
 * the store leaves a settled recipient as it is.
 */
export async function settleForSure(
  id: string,
  command: Unnumbered,
  payload: Uint8Array | null,
  tools: SettlerTools,
  wait = pause,
): Promise<Settled> {
  const { store } = tools
  const { message } = command
  let offer = firstOffer
  for (;;) {
    const step = await offered(offer, id, command, payload, tools)
    switch (step.do) {
      case 'done':
        if (offer.form === 'reduced') await tellReduced(id, message, tools)
        return 'recorded'
      case 'forget':
        return 'gone'
      case 'hold':
        return holdUnrecorded(id, message, tools)
      case 'await-store':
        await store.whenConnected()
        break
      case 'offer':
        offer = step.offer
        await wait(step.afterMs)
    }
  }
}

async function offered(
  { form, faults }: Offer,
  id: string,
  command: Unnumbered,
  payload: Uint8Array | null,
  { store, flight, log }: SettlerTools,
): Promise<NextStep> {
  const { session } = flight
  try {
    const answer =
      form === 'whole'
        ? await store.send({ ...command, session }, payload)
        : await store.send({ ...reducedForm(command), session }, null)
    if (answer.kind !== 'ok') {
      log.error({ answer, form, id }, 'the store did not take an outcome')
    }
    return afterAnswer(answer, { form, faults })
  } catch (error) {
    log.warn({ err: error, id }, 'the store is away; an outcome waits for it')
    return { do: 'await-store' }
  }
}

async function tellReduced(
  id: string,
  message: number,
  { store, log }: SettlerTools,
): Promise<void> {
  const event = 'outcome_reduced'
  log.error({ event, id }, 'an outcome was recorded without its attempt and its bounce message')
  const happened = { event, data: {} } as const
  await store.send({ kind: 'note', happened, message }).catch(() => undefined)
}

const fix = 'release it only if it may be sent twice'
const reason = `the outcome of its attempt could not be recorded, see delivery.log; ${fix}`

async function holdUnrecorded(
  id: string,
  message: number,
  { store, log }: SettlerTools,
): Promise<Settled> {
  const event = 'outcome_unrecorded'
  log.error({ event, id, fix }, 'message held: the outcome of its attempt could not be recorded')
  const happened = { event, data: {} } as const
  const note = { kind: 'note', happened, holdMessage: { message, reason } } as const
  const answer = await store.send(note).catch(() => null)
  if (answer?.kind === 'ok') return 'held'
  log.error(
    { event, answer, id },
    'a message whose outcome could not be recorded could not be held; it stays in flight until delivery ends',
  )
  return 'neither'
}
