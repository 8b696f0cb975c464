import type { StoreReader } from '../store/protocol/reader.ts'
import type { HoldView } from '../store/protocol/views.ts'

/** What is kept back on purpose: a person who wonders why no mail goes out has to be told. */
export interface HeldMail {
  /** Open recipients under a hold of any kind; null: not known. */
  recipients: number | null
  /** Standing holds, the first of them. */
  holds: readonly Pick<HoldView, 'scope' | 'party'>[]
  /** There are more standing holds than these. */
  more: boolean
}

export const nothingHeld: HeldMail = { recipients: 0, holds: [], more: false }

const counted = 100

/** The standing holds of all parties, as far as they are counted. */
export async function standingHolds({
  reader,
}: {
  reader: Pick<StoreReader, 'holds'>
}): Promise<Pick<HeldMail, 'holds' | 'more'>> {
  const { holds, next } = await reader.holds({ after: null, limit: counted })
  return { holds, more: next !== null }
}

/** Whether a standing hold keeps back all that is accepted. */
export const keepsAllBack = ({ holds }: Pick<HeldMail, 'holds'>): boolean =>
  holds.some(({ scope }) => scope === 'all')

/**
 * What is held, how to look at it and how to let it go, one sentence for each; none where nothing is. Accounts, tags and
 * destinations are left out, as `/readyz` answers everybody.
 */
export function describeHeldMail({ recipients, holds, more }: HeldMail): string[] {
  const ofAll = holds.filter(({ scope }) => scope === 'all')
  const others = holds.length - ofAll.length
  const sentences = ofAll.map(
    ({ party }) =>
      `A standing hold of the party ${party} keeps all mail back: lift it with "sluice holds lift all${partyFlag(party)}".`,
  )
  if (others > 0) {
    sentences.push(
      `${howMany(others, more)} some mail back: "sluice holds" lists, "sluice holds lift" lifts them.`,
    )
  }
  return recipients ? [...sentences, describeRecipients(recipients)] : sentences
}

function howMany(holds: number, more: boolean): string {
  if (more) return `More than ${String(holds)} standing holds keep`
  return holds === 1 ? 'A standing hold keeps' : `${String(holds)} standing holds keep`
}

const partyFlag = (party: HoldView['party']): string =>
  party === 'customer' ? '' : ` --party ${party}`

const describeRecipients = (recipients: number): string =>
  `${recipients === 1 ? '1 recipient is' : `${String(recipients)} recipients are`} held: ` +
  '"sluice mailq --status held" lists them, "sluice release" lets them go.'
