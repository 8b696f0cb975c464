import { readFileSync } from 'node:fs'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { parseMailbox } from '../mail/path.ts'
import { rfc5322Date } from '../mail/rfc5322-date.ts'
import { systemClock } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { SmtpDialogue } from './smtp-dialogue.ts'

const usage = 'usage: sluice send-test ADDRESS [--from ADDRESS]'
const options = { from: { type: 'string' } } as const

interface RunningSubmission {
  address: string
  port: number
  tls: 'starttls' | 'implicit'
}

/** `sluice send-test`: logs in with what the first start made, over STARTTLS, and sends a small mail. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const [to, ...more] = positionals
  if (to === undefined || more.length > 0) throw new Complaint(exitStatus.usage, usage)
  const settings = loadSettings()
  const from = values.from ?? `sluice@${settings.hostname}`
  for (const address of [from, to]) {
    const mailbox = parseMailbox(address)
    if (!mailbox || mailbox.utf8)
      throw new Complaint(exitStatus.usage, `"${address}" is no address`)
  }
  const reply = await send(settings, from, to)
  const [, id = ''] = /queued as (\S+)/.exec(reply) ?? []
  io.out.write(`${reply}\n`)
  io.out.write(`See what becomes of it: npx sluice show ${id}\n`)
  return exitStatus.ok
})

async function send(settings: Settings, from: string, to: string): Promise<string> {
  const paths = dataPaths(settings.dataDir)
  const { host, port } = findSubmission(settings)
  const { account, password } = findLogin(paths.firstRunFile)
  const dialogue = new SmtpDialogue(host, port)
  try {
    await dialogue.say(null, '220')
    await dialogue.say('EHLO localhost', '250')
    await dialogue.say('STARTTLS', '220')
    dialogue.startTls(readFileSync(settings.tls?.cert ?? paths.selfSignedCert, 'utf8'))
    await dialogue.say('EHLO localhost', '250')
    const plain = Buffer.from(`\0${account}\0${password}`).toString('base64')
    await dialogue.say(`AUTH PLAIN ${plain}`, '235')
    await dialogue.say(`MAIL FROM:<${from}>`, '250')
    await dialogue.say(`RCPT TO:<${to}>`, '250')
    await dialogue.say('DATA', '354')
    const reply = await dialogue.say(`${testMail(from, to, settings.hostname)}.`, '250')
    await dialogue.say('QUIT', '221')
    return reply
  } finally {
    dialogue.close()
  }
}

function testMail(from: string, to: string, hostname: string): string {
  const now = systemClock.now()
  return [
    `Date: ${rfc5322Date(now)}`,
    `From: <${from}>`,
    `To: <${to}>`,
    `Message-ID: <${newUlid(now)}@${hostname}>`,
    'Subject: Test mail of Sluice',
    '',
    'This is a test mail. If it has reached you, the relay relays.',
    '',
  ].join('\r\n')
}

function findSubmission({ dataDir }: Settings): { host: string; port: number } {
  const run = readJson(dataPaths(dataDir).runFile) as { submission?: RunningSubmission[] } | null
  const found = run?.submission?.find(({ tls }) => tls === 'starttls')
  if (!found) {
    throw new Complaint(exitStatus.unavailable, `no relay runs on ${dataDir}. Start it: npm start`)
  }
  // A listener on all addresses is on this one, too.
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[found.address] ?? found.address
  return { host, port: found.port }
}

function findLogin(file: string): { account: string; password: string } {
  const first = readJson(file) as { submission?: { account: string; password: string } } | null
  if (first?.submission) return first.submission
  throw new Complaint(
    exitStatus.unavailable,
    'there is no login of a first start here: mail leaves this machine. Add one (sluice account add), and send with it.',
  )
}

/** null: there is none that can be read. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
