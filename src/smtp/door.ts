import type { Socket } from 'node:net'
import type { Reply } from '../mail/reply.ts'
import { systemProblem } from '../submission/replies.ts'
import { Connection } from './connection.ts'
import type { HarakaClient, HarakaListener } from './haraka-types.ts'
import { tooManyConnections } from './replies.ts'
import type { SmtpContext } from './smtp-context.ts'

/**
 * Has every socket meet the caps as it comes in, before a handshake or a greeting. Who comes in counts until its
 * socket is closed, whatever we think of it meanwhile; who doesn't is gone at once.
 */
export function guardDoor(listener: HarakaListener, context: SmtpContext): void {
  const [letIn] = listener.listeners('connection') as ((socket: Socket) => void)[]
  listener.removeAllListeners('connection')
  listener.on('connection', (socket) => {
    const { remoteAddress: address } = socket
    if (address === undefined) {
      socket.destroy()
      return
    }
    const refusal = enter(address, context)
    if (refusal) {
      turnAway(socket, refusal, listener.has_tls)
      return
    }
    if (listener.has_tls) socket.once('close', () => context.caps.leave(address))
    letIn?.call(listener, socket)
  })
}

/** On listeners without TLS the stand-in for the socket tells of its end: STARTTLS takes all ears off the socket. */
export function makeConnection(client: HarakaClient, listener: HarakaListener): Connection {
  const { remoteAddress: address } = client
  if (!listener.has_tls && address !== undefined) {
    client.once('close', () => listener.notes.context.caps.leave(address))
  }
  return new Connection(client, listener)
}

function enter(address: string, { caps, submission, log }: SmtpContext): Reply | null {
  try {
    return caps.enter(address, submission.trust(address) !== null) ? null : tooManyConnections
  } catch (error) {
    log.error({ err: error, address }, 'door failed')
    return { ...systemProblem, code: 421 }
  }
}

/** Where TLS comes first nothing is said: that would take the handshake, and its cost is what the caps bound. */
function turnAway(socket: Socket, { code, enhanced, text }: Reply, tlsFirst: boolean): void {
  socket.on('error', () => undefined)
  if (!tlsFirst) socket.write(`${code} ${enhanced ?? ''} ${text}\r\n`)
  socket.destroySoon()
}
