/** Whether systemd, or what stands in its place, wants to be notified (sd_notify(3)). */
export const wantsNotices = (env: NodeJS.ProcessEnv = process.env): boolean =>
  (env['NOTIFY_SOCKET'] ?? '') !== ''
