import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../../../src/delivery/client/deadlines.ts'
import { sendMail } from '../../../../src/delivery/client/transaction.ts'
import { hour, second } from '../../../../src/time/clock.ts'
import { ListeningTime } from '../../../../src/time/listening-time.ts'
import { eventually } from '../../../kit/facts.ts'
import { OwnClock } from '../../../kit/own-clock.ts'
import { standStill } from '../../../kit/stand-still.ts'
import { answering, startRawHost } from './raw-host.ts'
import { connectTo, mailTo, saidOf, timeouts } from './transacting.ts'

const ready = {
  EHLO: '250 raw.test\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
}

/** Sends a mail to a host that does this at the final dot. */
async function sendTo(atDot: (socket: Socket) => void, finalReplyMs: number) {
  await using host = await startRawHost((socket) => {
    answering(ready)(socket)
    socket.on('data', (bytes) => {
      if (bytes.includes('\r\n.\r\n')) atDot(socket)
    })
  })
  const connection = await connectTo(host.candidate)
  const result = await sendMail(connection, mailTo('x@y.example'), { ...timeouts, finalReplyMs })
  connection.destroy()
  return result
}

describe('after this process stood still', () => {
  it('a reply that lies in the socket is read before its deadline comes', async () => {
    const result = await sendTo((socket) => {
      socket.write('250 taken\r\n')
      standStill(second)
    }, 100)
    expect(saidOf(result)).toEqual([['dot', 250]])
  })

  it('a host has the time that it had before', async () => {
    const result = await sendTo((socket) => {
      standStill(2 * second)
      setTimeout(() => socket.write('250 taken\r\n'), 20)
    }, second)
    expect(saidOf(result)).toEqual([['dot', 250]])
  })
})

it('a deadline comes after the time for which this process has listened, however much else goes by', async () => {
  const clock = new OwnClock()
  const time = new ListeningTime(() => clock.elapsedMs())
  const deadlines = new Deadlines(() => time.now())
  const expired: string[] = []
  const wait = (name: string, ms: number) => {
    const waiting = {
      deadline: deadlines.after(ms),
      expire: () => {
        deadlines.remove(waiting)
        expired.push(name)
      },
    }
    deadlines.add(waiting)
  }
  wait('short', 100)
  wait('long', 10 * second)
  clock.at += hour
  time.beat()
  await eventually('the short one', () => expired.length > 0 || undefined)
  expect(expired).toEqual(['short'])
  for (let gone = 0; gone < 10 * second; gone += 200) {
    clock.at += 200
    time.beat()
  }
  await eventually('the long one', () => expired.length > 1 || undefined)
  expect(expired).toEqual(['short', 'long'])
})
