/** What tests of a single try need: a message, hosts, and the means. */
import type { Mail } from '../../../src/delivery/client/mail.ts'
import type { Candidate } from '../../../src/delivery/client/open-connection.ts'
import { systemClock } from '../../../src/time/clock.ts'
import type { Remote } from '../../kit/remote.ts'
import { connectTools, toCandidate } from './client/raw-host.ts'

const timeouts = { replyMs: 20_000, pieceMs: 20_000, finalReplyMs: 20_000 }

/** A small message of ASCII alone. */
export const mailTo = (...addresses: string[]): Mail => ({
  sender: 'a@b.example',
  recipients: addresses.map((address) => ({ address, notify: null, orcpt: null })),
  sizeBytes: 14,
  body8bit: false,
  smtputf8: false,
  ret: null,
  envid: null,
  content: [Buffer.from('Subject: x\r\n\r\n')],
})

export const hostsOf = (...remotes: Remote[]): Candidate[] =>
  remotes.map(({ address, port }) => toCandidate(address, port, false))

export const tools = () => ({ ...connectTools(), timeouts, clock: systemClock })
