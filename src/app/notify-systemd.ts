import { spawn } from 'node:child_process'
import { wantsNotices } from '../config/systemd.ts'

/**
 * Notifies systemd (`Type=notify`), where it started us: READY=1 when mail is accepted and delivered, STOPPING=1 when an
 * orderly end begins. Node has no datagram sockets of the unix kind, so systemd's own program sends it.
 */
export function notifySystemd(state: 'READY=1' | 'STOPPING=1', say: (line: string) => void): void {
  if (!wantsNotices()) return
  const program = spawn('systemd-notify', [state], { stdio: 'ignore' })
  program.on('error', (error) => say(`systemd was not notified of ${state}: ${error.message}`))
  program.on('exit', (status) => {
    if (status !== 0)
      say(`systemd was not notified of ${state}: systemd-notify ended with ${status}`)
  })
}
