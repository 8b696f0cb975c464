import { expect, it } from 'vitest'
import { sendMail } from '../../../../src/delivery/client/transaction.ts'
import { eventually } from '../../../kit/facts.ts'
import { startRemote } from '../../../kit/remote.ts'
import { mailTo } from '../sending.ts'
import { answering, startRawHost, toCandidate } from './raw-host.ts'
import { connectTo, timeouts } from './transacting.ts'

it('a host does not have the message when the connection ends before the final dot', async () => {
  await using host = await startRawHost((socket) => {
    answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
    socket.on('data', (bytes) => {
      if (bytes.includes('DATA')) socket.end('354 go\r\n')
    })
  })
  const connection = await connectTo(host.candidate)
  const content = {
    async *[Symbol.asyncIterator]() {
      yield Buffer.from('Subject: x\r\n\r\n')
      await eventually('the end is seen', () => connection.closed || undefined)
    },
  }
  const result = await sendMail(connection, { ...mailTo('x@y.example'), content }, timeouts)
  expect(result.recipients).toEqual([{ kind: 'lost' }])
  expect(result.cause).toBe('the host closed the connection')
})

it('a connection may carry more replies than one transaction', async () => {
  const rcpt = `250-${'x'.repeat(900)}\r\n`.repeat(40) + '250 ok'
  await using remote = await startRemote({ rcpt })
  const connection = await connectTo(toCandidate(remote.address, remote.port))
  for (let n = 0; n < 10; n++) {
    const result = await sendMail(connection, mailTo('x@y.example'), timeouts)
    expect(result.recipients).toMatchObject([{ stage: 'dot', reply: { code: 250 } }])
  }
  connection.destroy()
})
