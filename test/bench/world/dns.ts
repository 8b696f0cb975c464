/** A DNS server that answers by a rule instead of a list, fast enough for tens of thousands of domains. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { formatResponse, parseQuestion } from '../../kit/dns-message.ts'
import { answerFrom, type Zone } from './names.ts'

export interface RuledDns extends AsyncDisposable {
  /** As a setting: `127.0.0.1:port`. */
  readonly resolver: string
  /** May be changed at any time. */
  zone: Zone
  /** Questions in all. */
  readonly questions: number
}

const receiveBufferBytes = 4 * 1024 * 1024

/** UDP alone: every answer fits. */
export async function startRuledDns(zone: Zone): Promise<RuledDns> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: receiveBufferBytes })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let questions = 0
  const dns: RuledDns = {
    resolver: `127.0.0.1:${socket.address().port}`,
    zone,
    get questions() {
      return questions
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
  socket.on('message', (message, from) => {
    questions += 1
    const question = parseQuestion(message)
    const response = answerFrom(dns.zone, question)
    if (response) socket.send(formatResponse(question, response), from.port, from.address)
  })
  return dns
}
