import { fstatSync } from 'node:fs'

/** Whether systemd, or another service manager, wants to be notified (sd_notify(3)). */
export const wantsNotices = (env: NodeJS.ProcessEnv = process.env): boolean =>
  (env['NOTIFY_SOCKET'] ?? '') !== ''

const stdout = 1

/** Whether stdout goes to the journal (systemd.exec(5), $JOURNAL_STREAM: device and inode of its socket). */
export function writesToJournal(env: NodeJS.ProcessEnv = process.env): boolean {
  const stream = env['JOURNAL_STREAM'] ?? ''
  if (stream === '') return false
  const { dev, ino } = fstatSync(stdout)
  return stream === `${dev}:${ino}`
}
