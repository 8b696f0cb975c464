import { isPractice } from '../config/is-practice.ts'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { readFirstRun, readRunFile } from '../config/run-files.ts'
import type { Settings } from '../config/settings.ts'
import { parseMailbox } from '../mail/path.ts'
import { rfc5322Date } from '../mail/rfc5322-date.ts'
import { systemClock } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { readCertificate } from './api-address.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readValues } from './forms.ts'
import type { Io } from './io.ts'
import { readPassword } from './read-password.ts'
import { SmtpDialogue } from './smtp-dialogue.ts'

export const usage = `usage: sluice send-test ADDRESS [options]
options:
  --from ADDRESS  the sender address; default: sluice@ and the hostname
  --account NAME  the login; its password is asked for, or read from stdin. Default: the login of the first start`
const options = { from: { type: 'string' }, account: { type: 'string' } } as const

interface Login {
  account: string
  password: string
}

/** `sluice send-test`: logs in over STARTTLS and sends a small mail. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const [to = ''] = readValues('send-test', ['ADDRESS'], positionals, usage)
  const settings = loadSettings()
  const from = values.from ?? `sluice@${settings.hostname}`
  for (const address of [from, to]) {
    const mailbox = parseMailbox(address)
    if (!mailbox || mailbox.utf8)
      throw new Complaint(
        exitStatus.usage,
        `invalid address "${address}": expected local-part@domain`,
      )
  }
  const submission = findSubmission(settings)
  const login = await findLogin(settings, values.account, io)
  const reply = await send({ settings, submission, login, from, to })
  const [, id = ''] = /queued as (\S+)/.exec(reply) ?? []
  io.out.write(`${reply}\n`)
  io.out.write(`See what becomes of it: npx sluice show ${id}\n`)
  return exitStatus.ok
})

interface Sending {
  settings: Settings
  submission: { host: string; port: number }
  login: Login
  from: string
  to: string
}

async function send({ settings, submission, login, from, to }: Sending): Promise<string> {
  const dialogue = new SmtpDialogue(submission.host, submission.port)
  try {
    await dialogue.say(null, '220')
    await dialogue.say('EHLO localhost', '250')
    await dialogue.say('STARTTLS', '220')
    dialogue.startTls(readCertificate(settings))
    await dialogue.say('EHLO localhost', '250')
    const plain = Buffer.from(`\0${login.account}\0${login.password}`).toString('base64')
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
  const found = readRunFile(dataPaths(dataDir).runFile)?.submission?.find(
    ({ tls }) => tls === 'starttls',
  )
  if (!found) {
    throw new Complaint(
      exitStatus.unavailable,
      `no relay with a STARTTLS listener runs on ${dataDir}: start it (systemctl start sluice, or npm start), or set submission.listen`,
    )
  }
  // A listener on all addresses is on this one, too.
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[found.address] ?? found.address
  return { host, port: found.port }
}

async function findLogin(settings: Settings, account: string | undefined, io: Io): Promise<Login> {
  if (account !== undefined) {
    const password = await readPassword(io, `Password of ${account}: `)
    if (password !== '') return { account, password }
    throw new Complaint(exitStatus.usage, `no password on stdin\n${usage}`)
  }
  // Beyond loopback the relay refuses the login of a first start, even where one was made before.
  const login = isPractice(settings)
    ? readFirstRun(dataPaths(settings.dataDir).firstRunFile)?.submission
    : undefined
  if (login) return login
  throw new Complaint(
    exitStatus.unavailable,
    'there is no login of a first start here: name an account with --account, or add one with: npx sluice account add NAME',
  )
}
