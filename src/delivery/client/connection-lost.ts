import type { RemoteReply } from './reply-reader.ts'

/** The conversation ended without the reply that was waited for. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
  /** RFC 3463 §3.5: it was established, and did not last. */
  readonly enhanced: string = '4.4.2'
  /** The replies that did come, of those that were waited for. */
  readonly replies: readonly RemoteReply[]
  /** The reply that had begun, as far as it came: its code is known, its end is not. */
  readonly begun: RemoteReply | null

  constructor(
    cause: string,
    replies: readonly RemoteReply[] = [],
    begun: RemoteReply | null = null,
  ) {
    super(cause)
    this.replies = replies
    this.begun = begun
  }
}

/** How connections mostly end. One for all: to make an error is to write down the stack, which says nothing here. */
export const closedByUs = new ConnectionLost('closed by us')

/** No connection was established. */
export class NoConnection extends ConnectionLost {
  override name = 'NoConnection'
  override readonly enhanced: string

  /** `enhanced`: as a rule, the host did not answer (RFC 3463 §3.5). */
  constructor(cause: string, enhanced = '4.4.1') {
    super(cause)
    this.enhanced = enhanced
  }
}

/** There was no connection for want of something on this machine: it says nothing about the host. */
export class LocalTrouble extends NoConnection {
  override name = 'LocalTrouble'

  constructor(cause: string) {
    super(cause, '4.4.5') // RFC 3463 §3.5: mail system congestion
  }
}

/** The host ended it. */
export class EndedByHost extends ConnectionLost {
  override name = 'EndedByHost'
}

/** The host is there, and did not take it. */
export class Refused extends NoConnection {
  override name = 'Refused'
}

const localCodes = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])

/** The cause in words that belong in a queue listing: `connection refused`, not a stack. */
export function toConnectionLost({ code = '' }: NodeJS.ErrnoException): ConnectionLost {
  if (localCodes.has(code)) return new LocalTrouble(`this machine has no connection left: ${code}`)
  switch (code) {
    case 'ECONNREFUSED':
      return new Refused('connection refused')
    case 'ECONNRESET':
    case 'EPIPE':
      return new EndedByHost('the host reset the connection')
    case 'ETIMEDOUT':
      return new NoConnection('connection timed out')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new NoConnection('host unreachable')
    case 'ENOTFOUND':
      return new NoConnection('host name not found', '4.4.4') // RFC 3463 §3.5: unable to route
    case 'EAI_AGAIN':
      // RFC 3463 §3.5: directory server failure
      return new NoConnection('the look-up of the host name failed', '4.4.3')
    case 'ENOENT':
      return new NoConnection('nobody listens at the socket')
    default:
      return new ConnectionLost(code === '' ? 'connection trouble' : code)
  }
}
