import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { answering, startRawHost } from './client/raw-host.ts'
import { mailTo, tools } from './sending.ts'

describe('a host that demands TLS', () => {
  const refusing = {
    EHLO: '250-raw.test\r\n250 STARTTLS\r\n',
    MAIL: '530 5.7.0 Must issue a STARTTLS command first\r\n',
    QUIT: '221 bye\r\n\u0004',
  }
  for (const [how, answer, onStartTls] of [
    ['breaks off a handshake', '220 go\r\n', (socket: Socket) => socket.destroy()],
    ['has no TLS for the moment', '454 4.7.0 not now\r\n', () => undefined],
  ] as const) {
    it(`loses no mail when it ${how}: it is tried again, under TLS`, async () => {
      let asked = 0
      await using host = await startRawHost((socket) => {
        answering({ ...refusing, STARTTLS: answer })(socket)
        socket.on('data', (bytes) => {
          if (!bytes.includes('STARTTLS')) return
          asked++
          onStartTls(socket)
        })
      })
      const known = tools()
      for (const times of [1, 2]) {
        const way = { candidates: [host.candidate], connection: null }
        const { findings, connection } = await sendJob(way, mailTo('x@y.example'), known)
        const reply = { code: 530 }
        expect(findings).toMatchObject([{ kind: 'replied', reply, clearDespiteOffer: true }])
        expect(connection).toBeNull()
        expect(asked).toBe(times)
      }
    })
  }
})
