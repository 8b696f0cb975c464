import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { certificateDaysLeft, connections, sessions } from '../metrics/declared.ts'
import { day, systemClock } from '../time/clock.ts'
import type { OpenConnection, SmtpContext } from './smtp-context.ts'

/** Has smtp report its numbers. `certificate`: the file that was loaded. */
export function watchSmtp(context: Pick<SmtpContext, 'connections'>, certificate: string): void {
  connections.read(() => ({ in: context.connections.size }))
  sessions.read(() => byStage(context.connections))
  const expiresAt = new X509Certificate(readFileSync(certificate)).validToDate.getTime()
  certificateDaysLeft.read(() => (expiresAt - systemClock.now()) / day)
}

function byStage(all: Iterable<OpenConnection>) {
  const counts = { before_login: 0, logged_in: 0, in_transaction: 0 }
  for (const { session } of all) {
    const { draft, submitter } = session
    counts[draft ? 'in_transaction' : submitter ? 'logged_in' : 'before_login']++
  }
  return counts
}
