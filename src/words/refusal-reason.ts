/**
 * Why a client is refused at the door: each reply of the SMTP side that says no has one of these reasons. They are the
 * same in the log, the counts, the events, the API and the metrics.
 */
const words = {
  limit: 'over a limit on how much may be sent',
  size: 'the message is larger than allowed',
  recipients: 'too many recipients in one message',
  sender: 'the sender address is not accepted',
  recipient: 'the recipient address is not accepted',
  content:
    'the message holds a NUL, or a CR or LF that is not a line end; by setting, 8-bit octets or lines that are too long',
  loop: 'mail loop: too many Received lines',
  login_failed: 'wrong name or password',
  login_unavailable: 'the login can not be checked now',
  login_throttled: 'too many failed logins',
  authentication_required: 'mail from a client that has not logged in',
  tls: 'login without TLS, or TLS where plain text is expected',
  syntax: 'a command that is invalid or unknown',
  sequence: 'a command out of order, such as DATA after every recipient was refused',
  too_many_errors: 'too many errors, or too many commands without a message',
  connections: 'too many connections',
  timeout: 'the client was too slow or silent',
  shutdown: 'the relay is stopping',
  disk_full: 'no room on the disk',
  store_unavailable: 'the store is away or too slow',
  internal: 'internal error',
} as const

export type RefusalReason = keyof typeof words

export const refusalReasons = Object.keys(words) as readonly RefusalReason[]

/** A reason as people read it. */
export const describeRefusal = (reason: RefusalReason): string => words[reason]

/**
 * The name under which refusals of all clients are counted that neither logged in nor come from a trusted network. No
 * submitter has this name, since those have a colon.
 */
export const strangers = 'strangers'
