import type { RemoteReply } from './reply-reader.ts'

/** The conversation ended without the reply that was waited for. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
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

/** There was no connection for want of something on this machine: it says nothing about the host. */
export class LocalTrouble extends ConnectionLost {
  override name = 'LocalTrouble'
}

/** The host did not want it: it refused the connection, or ended it. */
export class EndedByHost extends ConnectionLost {
  override name = 'EndedByHost'
}

const refusals = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])
const localCodes = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])

export function toConnectionLost(error: NodeJS.ErrnoException): ConnectionLost {
  const { code = '' } = error
  if (localCodes.has(code)) return new LocalTrouble(`this machine has no connection left: ${code}`)
  const cause = describeSocketError(error)
  return refusals.has(code) ? new EndedByHost(cause) : new ConnectionLost(cause)
}

/** The cause in words that belong in a queue listing: `connection refused`, not a stack. */
function describeSocketError(error: NodeJS.ErrnoException): string {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the host reset the connection'
    case 'ETIMEDOUT':
      return 'connection timed out'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'host unreachable'
    case 'ENOTFOUND':
      return 'host name not found'
    case 'EAI_AGAIN':
      return 'the look-up of the host name failed'
    case 'ENOENT':
      return 'nobody listens at the socket'
    default:
      return error.code ?? 'connection trouble'
  }
}
