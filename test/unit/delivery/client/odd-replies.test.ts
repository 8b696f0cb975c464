import { describe, expect, it } from 'vitest'
import type { Mail } from '../../../../src/delivery/client/mail.ts'
import { openConnection } from '../../../../src/delivery/client/open-connection.ts'
import { sendMail, type TransactionResult } from '../../../../src/delivery/client/transaction.ts'
import { mailTo } from '../sending.ts'
import { answering, connectTools, startRawHost, type RawHost } from './raw-host.ts'

const timeouts = { replyMs: 20_000, pieceMs: 20_000, finalReplyMs: 20_000 }

const ready = {
  EHLO: '250-raw.test\r\n250 PIPELINING\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
}
const stepByStep = { ...ready, EHLO: '250-raw.test\r\n250 DSN\r\n' }

/** The host ends its side after this answer. */
const andLeaves = (answer: string) => `${answer}\u0004`

async function sendTo(host: RawHost, mail: Mail) {
  const opened = await openConnection(host.candidate, connectTools())
  if (opened.kind === 'failed') throw new Error(opened.cause)
  const { connection } = opened
  const result = await sendMail(connection, mail, timeouts)
  connection.destroy()
  return { ...result, said: saidOf(result) }
}

const saidOf = ({ recipients }: TransactionResult) =>
  recipients.map((one) => (one.kind === 'replied' ? `${one.stage} ${one.reply.code}` : one.kind))

/** One mail for `recipients` to a host that answers so. */
async function send(answers: Record<string, string>, recipients = 1, banner?: string) {
  await using host = await startRawHost(answering(answers, banner))
  const addresses = Array.from({ length: recipients }, (_, at) => `u${at}@y.example`)
  const result = await sendTo(host, mailTo(...addresses))
  return { ...result, heard: host.heard() }
}

describe('the reply to the message', () => {
  for (const [what, after] of [
    ['an empty line', '250 taken\r\n\r\n'],
    ['a line of junk', '250 taken\r\nqueue is long today\r\n'],
    ['another reply', '250 taken\r\n250 really\r\n'],
    ['a second code in a line that goes on', '250-taken\r\n251 really\r\n'],
    ['a contradicting code', '250-taken\r\n550 really\r\n'],
    ['a middle line without its code', '250-taken\r\nreally\r\n250 so\r\n'],
    ['302 lines', `${'250-taken\r\n'.repeat(301)}250 so\r\n`],
    ['one line of 5,000 octets', `250 taken ${'x'.repeat(5000)}\r\n`],
    ['a line without end', `250 taken ${'x'.repeat(200_000)}`],
    ['lines without end', '250-taken\r\n'.repeat(10_000)],
    ['junk without end', `250 taken\r\n${'junk\r\n'.repeat(10_000)}`],
    ['the end of the connection in its first line', andLeaves('250 taken as 12')],
    ['the end of the connection after its first line', andLeaves('250-taken\r\n')],
  ] as const) {
    it(`counts by its first line, whatever follows: ${what}`, async () => {
      const { said, odd, reusable } = await send({ ...ready, '.': after })
      expect(said).toEqual(['dot 250'])
      expect(odd).toEqual(expect.any(String))
      expect(reusable).toBe(false)
    })
  }

  for (const code of [451, 550]) {
    it(`counts by its first line also where that is a ${code}`, async () => {
      for (const after of [`${code} no\r\n250 taken\r\n`, andLeaves(`${code}-no\r\n`)]) {
        const { said } = await send({ ...ready, '.': after })
        expect(said).toEqual([`dot ${code}`])
      }
    })
  }

  it('is none where its first line is none', async () => {
    for (const after of [
      'what?\r\n250 taken\r\n',
      '25\r\n250 taken\r\n',
      '354 go\r\n',
      andLeaves('250'),
    ]) {
      expect((await send({ ...ready, '.': after })).said).toEqual(['unknown'])
    }
  })

  it('may come after an empty line', async () => {
    const { said, odd } = await send({ ...ready, '.': '\r\n250 taken\r\n' })
    expect([said, odd]).toEqual([['dot 250'], 'an empty line'])
  })
})

for (const [how, answers] of [
  ['pipelining', ready],
  ['step by step', stepByStep],
] as const) {
  describe(`odd replies before the message, ${how}`, () => {
    for (const [what, change, banner] of [
      ['a greeting that is a bare code, and junk', {}, '220\r\nwelcome to raw.test'],
      ['a greeting of which a line lacks its code', {}, '220-raw\r\nwelcome\r\n220 raw'],
      ['a greeting with a second code', {}, '220-raw\r\n221 raw'],
      ['an EHLO reply of which a line lacks its code', { EHLO: '250-raw\r\nhi\r\n250 DSN\r\n' }],
      ['junk after the reply to MAIL', { MAIL: '250 ok\r\nreally\r\n' }],
      ['an overlong line', { RCPT: `250 ${'x'.repeat(5000)}\r\n` }],
      [
        'empty lines everywhere',
        { MAIL: '250 ok\r\n\r\n', RCPT: '250 ok\r\n\r\n', DATA: '354 go\r\n\r\n' },
      ],
    ] as const) {
      it(`are lived with where the codes are clear, and noted: ${what}`, async () => {
        const { said, odd, reusable } = await send(
          { ...answers, ...change, '.': '250 ok\r\n' },
          1,
          banner,
        )
        expect(said).toEqual(['dot 250'])
        expect(odd).toEqual(expect.any(String))
        expect(reusable).toBe(false)
      })
    }

    it('of which a line lacks its code are believed when they refuse', async () => {
      const { said } = await send({
        ...answers,
        RCPT: '550-no\r\nsuch user\r\n550 here\r\n',
        DATA: '503 no\r\n',
      })
      expect(said).toEqual(['rcpt 550'])
    })

    it('that contradict themselves are no answer', async () => {
      const { said, cause, heard } = await send({ ...answers, RCPT: '250-ok\r\n550 no\r\n' })
      expect(said).toEqual(['lost'])
      expect(cause).toContain('contradictory reply: 250 "ok"')
      expect(heard).not.toContain('Subject')
    })

    it('never make a stray yes the answer to the message', async () => {
      for (const change of [
        { MAIL: '250 ok\r\n250 ok\r\n' },
        { RCPT: '250 ok\r\n250 ok\r\n' },
        { DATA: '354 go\r\n250 taken\r\n' },
        { DATA: '354 go\r\n250-taken\r\n' },
        { DATA: '354 go\r\nnow\r\n250 taken\r\n' },
        { DATA: '354 go\r\nnow\r\n' },
        { DATA: '354 go\r\n2' },
      ]) {
        const { said, heard, reusable } = await send({ ...answers, ...change, '.': '550 no\r\n' })
        expect(said).toEqual(['lost'])
        expect(heard).not.toContain('Subject')
        expect(reusable).toBe(false)
      }
    })
  })
}

describe('replies that are out of step with the commands', () => {
  it('are not believed when they refuse: a reply too many moved them to other recipients', async () => {
    let rcpts = 0
    await using host = await startRawHost((socket) => {
      answering({ EHLO: '250-raw.test\r\n250 PIPELINING\r\n', MAIL: '250 ok\r\n250 ok\r\n' })(
        socket,
      )
      socket.on('data', (bytes) => {
        const text = bytes.toString()
        for (const line of text.split('\r\n')) {
          if (line.startsWith('RCPT')) socket.write(rcpts++ === 0 ? '550 no\r\n' : '250 ok\r\n')
          if (line.startsWith('DATA')) socket.write('354 go\r\n')
        }
      })
    })
    const { said } = await sendTo(host, mailTo('bad@y.example', 'good@y.example'))
    expect(said).toEqual(['lost', 'lost'])
  })

  it('are not believed when they refuse after something unreadable', async () => {
    const { said, cause } = await send({
      ...ready,
      MAIL: '250 ok\r\nreally\r\n',
      RCPT: '550 no\r\n',
      DATA: '503 no\r\n',
    })
    expect(said).toEqual(['lost'])
    expect(cause).toBe('its replies may answer other commands')
  })

  it('are not believed when they refuse and one is too many, unless that one is a goodbye', async () => {
    const refused = { ...ready, DATA: '554 no\r\n' }
    expect((await send({ ...refused, DATA: '554 no\r\n250 ok\r\n' })).said).toEqual(['lost'])
    expect((await send({ ...refused, DATA: '554 no\r\n421 bye\r\n' })).said).toEqual(['data 554'])
  })

  it('are believed up to what is unreadable', async () => {
    const { said } = await send({ ...ready, RCPT: '550 no\r\nsuch user\r\n', DATA: '503 no\r\n' })
    expect(said).toEqual(['rcpt 550'])
  })

  it('are believed after an odd greeting, once the host has said what it offers', async () => {
    const answers = { ...ready, RCPT: '550 no\r\n', DATA: '503 no\r\n' }
    expect((await send(answers, 1, '220 raw\r\nwelcome')).said).toEqual(['rcpt 550'])
  })

  it('end the connection when DATA is answered like another command', async () => {
    const { said, cause, reusable } = await send({ ...ready, DATA: '250 ok\r\n' })
    expect([said, cause, reusable]).toEqual([
      ['lost'],
      'its replies are out of step: 250 ok',
      false,
    ])
  })
})
