import type { Explanation } from '../operations/explain.ts'

const namesShown = 3

/** `a@example.org, b@example.org: due now, …`; those whom the message only counts are `12 more`. */
export const describeExplanation = ({ addresses, recipients, sentence }: Explanation): string => {
  const named = addresses.slice(0, namesShown).join(', ')
  const more = recipients - Math.min(addresses.length, namesShown)
  const rest = more > 0 ? `${more} more` : ''
  return `${[named, rest].filter(Boolean).join(' and ')}: ${sentence}`
}
