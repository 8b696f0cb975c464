import type { Socket } from 'node:net'
import type { Refusal } from '../mail/refusal.ts'
import { systemProblem } from '../submission/replies.ts'
import type { CountedConnection } from './connection-caps.ts'
import { Connection } from './connection.ts'
import type { HarakaClient, HarakaListener } from './haraka-types.ts'
import { noteTurnedAway } from './note-refusal.ts'
import { tooManyConnections } from './replies.ts'
import type { SmtpContext } from './smtp-context.ts'

/**
 * Checks the caps for every socket as it comes in, before a handshake or a greeting. A client that is refused is gone
 * at once.
 */
export function guardDoor(listener: HarakaListener, context: SmtpContext): void {
  const [letIn] = listener.listeners('connection') as ((socket: Socket) => void)[]
  listener.removeAllListeners('connection')
  const look = (socket: Socket): Refusal | null => {
    const entered = enter(socket, context)
    if ('code' in entered) return entered
    if (listener.has_tls) socket.once('close', () => context.caps.leave(entered))
    letIn?.call(listener, socket)
    return null
  }
  listener.on('connection', (socket) => {
    if (socket.remoteAddress === undefined) socket.destroy()
    else if (look(socket)) lookAgain(socket, look, context, listener.has_tls)
  })
}

/**
 * A client may have closed a connection before it came back, and we have not read that yet. After a whole turn of the
 * event loop all has been read that the kernel had when the client came.
 */
function lookAgain(
  socket: Socket,
  look: (socket: Socket) => Refusal | null,
  context: SmtpContext,
  tlsFirst: boolean,
): void {
  const { remoteAddress: address = '' } = socket
  const ignore = (): void => undefined
  socket.on('error', ignore)
  const decide = (): void => {
    socket.removeListener('error', ignore)
    // Nobody was there to hear that the client is gone already.
    const refusal = socket.readableEnded || socket.destroyed ? null : look(socket)
    if (socket.readableEnded) socket.destroy()
    if (!refusal) return
    const submitter = refusal === tooManyConnections ? context.submission.trust(address) : null
    noteTurnedAway(context, submitter, refusal, address)
    turnAway(socket, refusal, tlsFirst)
  }
  // The first ends the turn that accepted the socket, the second the whole turn after it.
  setImmediate(() => setImmediate(decide))
}

/** On listeners without TLS the stand-in for the socket tells of its end: STARTTLS takes all ears off the socket. */
export function makeConnection(client: HarakaClient, listener: HarakaListener): Connection {
  const { caps } = listener.notes.context
  const place = caps.placeOf(client)
  if (place && !listener.has_tls) client.once('close', () => caps.leave(place))
  const connection = new Connection(client, listener)
  connection.session.place = place
  return connection
}

function enter(
  socket: Socket,
  { caps, submission, log }: SmtpContext,
): CountedConnection | Refusal {
  const { remoteAddress: address = '' } = socket
  try {
    return caps.enter(socket, submission.trust(address) !== null) ?? tooManyConnections
  } catch (error) {
    log.error({ err: error, address }, 'door failed')
    return { ...systemProblem, code: 421 }
  }
}

/** Where TLS comes first nothing is said: that would take the handshake, and its cost is what the caps bound. */
function turnAway(socket: Socket, { code, enhanced, text }: Refusal, tlsFirst: boolean): void {
  socket.on('error', () => undefined)
  if (!tlsFirst) socket.write(`${code} ${enhanced ?? ''} ${text}\r\n`)
  socket.destroySoon()
}
