/** Every pair of filter fields, as something that is there, and as two things that are there but never together. */
import { accountOf, messageIdOf, senderOf, tagOf, type Population } from './population.ts'

export interface FilterCase {
  name: string
  /** As the query of GET /queue/messages. */
  query: Readonly<Record<string, string>>
}

type Field =
  | 'status'
  | 'destination'
  | 'to'
  | 'from'
  | 'account'
  | 'message_id'
  | 'tag'
  | 'older_than'
  | 'newer_than'

/** What a field is asked for so that the message of that number meets it. */
type ValueOf = Readonly<Record<Exclude<Field, 'status'>, (number: number) => string>>

const valueIn = ({ destinationOf, addressOf }: Population): ValueOf => ({
  destination: destinationOf,
  to: addressOf,
  from: senderOf,
  account: accountOf,
  message_id: messageIdOf,
  tag: tagOf,
  older_than: () => '1h',
  newer_than: () => '6d',
})

const settledStatuses = ['delivered', 'bounced', 'expired']

/** A message of another account, tag, sender, destination than the one of that number. */
const strangerOf = (number: number): number => number + 1

/**
 * `settled` and `open` are numbers of a settled and an open message of the population. Without a status the open ones
 * are asked, with `delivered` the settled ones; a stranger's value in the second field makes a pair that never meets.
 */
export function filterCases(settled: number, open: number, population: Population): FilterCase[] {
  const valueOf = valueIn(population)
  const fields = Object.keys(valueOf) as (keyof ValueOf)[]
  const cases: FilterCase[] = [{ name: 'none', query: {} }]
  const add = (query: Record<string, string>, kind: string): void => {
    cases.push({ name: `${Object.keys(query).join('+')} (${kind})`, query })
  }
  fields.forEach((first, index) => {
    add({ [first]: valueOf[first](open) }, 'there')
    for (const status of ['deferred', 'queued', ...settledStatuses, 'cancelled']) {
      const number = status === 'deferred' ? open : settled
      add({ status, [first]: valueOf[first](number) }, status)
    }
    for (const second of fields.slice(index + 1)) {
      for (const [status, number] of [
        [null, open],
        ['delivered', settled],
      ] as const) {
        const about = status === null ? {} : { status }
        const where = status ?? 'open'
        const one = { ...about, [first]: valueOf[first](number) }
        const own = valueOf[second](number)
        const strange = valueOf[second](strangerOf(number))
        add({ ...one, [second]: own }, `${where}, there`)
        if (strange !== own) add({ ...one, [second]: strange }, `${where}, never together`)
      }
    }
  })
  // A window of time that holds nothing.
  add({ older_than: '8d', newer_than: '9d' }, 'nothing there')
  add({ destination: 'nowhere.example', tag: 'nowhere' }, 'nothing there')
  add({ to: '*@nowhere.example', from: '*@nowhere.example' }, 'nothing there')
  return cases
}
