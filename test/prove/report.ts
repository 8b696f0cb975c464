import type { Verdict } from '../kit/load.ts'

export interface Findings extends Verdict {
  /** How often each process was killed. */
  kills: Record<string, number>
  /** Messages that the sink had begun to take and the store had not settled at a kill, over all kills. */
  inFlightAtKills: number
  ledger: { accepted: number; delivered: number; open: number; difference: number }
  seconds: number
}

const number = (count: number): string => count.toLocaleString('en-US')

/** Which promises the findings break, in words; empty: all held. */
export function brokenPromises(findings: Findings): string[] {
  const { lost, sentAfterRefusal, unexplainedCopies, copies, inFlightAtKills, ledger } = findings
  return [
    lost.length > 0 && `lost after a 250: ${lost.join(', ')}`,
    sentAfterRefusal.length > 0 && `sent after a refusal: ${sentAfterRefusal.join(', ')}`,
    unexplainedCopies.length > 0 &&
      `sent twice without having been in flight at a kill: ${unexplainedCopies.join(', ')}`,
    copies > inFlightAtKills &&
      `${copies} copies, but only ${inFlightAtKills} were in flight at a kill`,
    ledger.open > 0 && `${ledger.open} still open`,
    ledger.difference !== 0 && `the sides of the ledger differ by ${ledger.difference}`,
  ].filter((line) => line !== false)
}

/** What a person reads at the end. The last line is the promise. */
export function report(findings: Findings): string {
  const { accepted, unanswered, unansweredDelivered, copies, lost, ledger } = findings
  const kills = Object.entries(findings.kills).map(([name, times]) => `${name} ${times}`)
  const doubled = findings.doubledAccepted.length
  return [
    `killed with -9: ${kills.join(', ')}; ${findings.seconds} s in all`,
    `refused or never finished: ${number(findings.refused)}, of these sent: ${findings.sentAfterRefusal.length}`,
    `without an answer: ${number(unanswered)}, of these taken and delivered: ${number(unansweredDelivered)}`,
    `copies at the sink: ${copies}, in flight there at a kill: ${number(findings.inFlightAtKills)}`,
    `ledger: accepted ${number(ledger.accepted)}, delivered ${number(ledger.delivered)}, open ${ledger.open}, difference ${ledger.difference}`,
    ...brokenPromises(findings).map((line) => `BROKEN: ${line}`),
    `accepted ${number(accepted)} = delivered ${number(accepted - lost.length - doubled)} once + ${number(doubled)} more than once; lost ${number(lost.length)}`,
  ].join('\n')
}
