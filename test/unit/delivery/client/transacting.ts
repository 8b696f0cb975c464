/** What tests of one transaction need: a message, a connection, and what the host said. */
import type { Mail } from '../../../../src/delivery/client/mail.ts'
import { openConnection } from '../../../../src/delivery/client/open-connection.ts'
import { sendMail, type TransactionResult } from '../../../../src/delivery/client/transaction.ts'
import { startRemote, type Script } from '../../../kit/remote.ts'
import { connectTools, toCandidate, type RawHost } from './raw-host.ts'

export const timeouts = { replyMs: 20_000, pieceMs: 20_000, finalReplyMs: 20_000 }

export function mailTo(...addresses: string[]): Mail {
  const content = [Buffer.from('Subject: x\r\n\r\n.dot\r\n')]
  return {
    sender: 'a@b.example',
    recipients: addresses.map((address) => ({ address, notify: null, orcpt: null })),
    sizeBytes: content[0]?.length ?? 0,
    body8bit: false,
    smtputf8: false,
    ret: null,
    envid: null,
    content,
  }
}

export async function connectTo(candidate: RawHost['candidate']) {
  const opened = await openConnection(candidate, connectTools())
  if (opened.kind === 'failed') throw new Error(opened.cause)
  return opened.connection
}

export const saidOf = ({ recipients }: TransactionResult) =>
  recipients.map((one) => (one.kind === 'replied' ? [one.stage, one.reply.code] : one.kind))

/** Sends one mail to a scripted host; what it said of each recipient, and what it took. */
export async function send(script: Script, mail: Mail, limits: Partial<typeof timeouts> = {}) {
  await using remote = await startRemote(script)
  const connection = await connectTo(toCandidate(remote.address, remote.port))
  const result = await sendMail(connection, mail, { ...timeouts, ...limits })
  const { closed } = connection
  connection.destroy()
  return {
    result,
    said: saidOf(result),
    closed,
    taken: remote.messages.map(({ to, bytes }) => ({ to, bytes: bytes.toString() })),
    commands: remote.commands.map(({ line }) => line),
  }
}

export const offering = (...offers: string[]): Script => ({ offers })
