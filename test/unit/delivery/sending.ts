/** What tests of a single try need: a message, hosts, and the means. */
import type { Mail } from '../../../src/delivery/client/mail.ts'
import type { Candidate } from '../../../src/delivery/client/open-connection.ts'
import { sendJob, type Sent } from '../../../src/delivery/send-job.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { startRemote, type Remote, type Script } from '../../kit/remote.ts'
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

/** Each is a host of its own, by name: mx.test, mx2.test and so on. */
export const hostsOf = (...remotes: Remote[]): Candidate[] =>
  remotes.map(({ address, port }, at) => {
    const candidate = toCandidate(address, port, false)
    return at === 0 ? candidate : { ...candidate, host: `mx${at + 1}.test` }
  })

export const tools = () => ({ ...connectTools(), timeouts, clock: systemClock })

/** Sends to hosts in order of preference; what each took, and what is known of each recipient. */
export async function sendTo(scripts: Script[], mail: Mail) {
  const remotes = await Promise.all(scripts.map((script) => startRemote(script)))
  const sent = await sendJob({ candidates: hostsOf(...remotes), connection: null }, mail, tools())
  sent.connection?.destroy()
  const taken = remotes.map(({ accepted }) => accepted.flatMap(({ to }) => to))
  const connections = remotes.map((remote) => remote.connections)
  for (const remote of remotes) await remote[Symbol.asyncDispose]()
  return { ...sent, taken, connections, kinds: kindsOf(sent) }
}

export const kindsOf = ({ findings }: Sent) =>
  findings.map((finding) => (finding.kind === 'replied' ? finding.reply.code : finding.kind))
