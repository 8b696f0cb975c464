import { describe, expect, it } from 'vitest'
import { attemptOf, type Visit } from '../../../src/delivery/dialogue.ts'

const when = { startedAt: 1, connectMs: 0, durationMs: 2 }
const reply = { code: null, enhanced: null, text: '' }
const about = { ...when, recipients: [0], reply }
const place = { ...about, host: 'mx.example', address: '192.0.2.1', tls: null }
const inOrder = { odd: null, contradictory: false, inDoubt: false }
const said = (command: string, code: number, text = 'ok') => ({
  said: `${command}\r\n`,
  reply: { code, enhanced: null, text, lines: [text], ...inOrder },
})

const dialoguesOf = (visits: Visit[]) => visits.map((visit) => attemptOf(visit).dialogue)

describe('the record of a try', () => {
  it('is not kept when all went well', () => {
    const exchanges = [said('MAIL FROM:<>', 250), said('DATA', 354), said('.', 250)]
    expect(dialoguesOf([{ ...place, exchanges, trouble: null }])).toEqual([null])
  })

  it('shows who said what, host by host', () => {
    const first = { ...place, exchanges: [], trouble: 'connection refused' }
    const second = {
      ...about,
      host: 'mx2.example',
      address: '192.0.2.2',
      tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      exchanges: [
        said('MAIL FROM:<a@b.example>', 250),
        said('RCPT TO:<x@y.example>', 550, 'no such user'),
      ],
      trouble: null,
    }
    expect(dialoguesOf([first, second])).toEqual([
      ['-- mx.example [192.0.2.1]', '-- connection refused', ''].join('\n'),
      [
        '-- mx2.example [192.0.2.2] TLSv1.3 TLS_AES_256_GCM_SHA384',
        '> MAIL FROM:<a@b.example>',
        '< 250 ok',
        '> RCPT TO:<x@y.example>',
        '< 550 no such user',
        '',
      ].join('\n'),
    ])
  })

  it('stays in bounds, however much was said', () => {
    const exchanges = Array.from({ length: 500 }, () =>
      said('RCPT TO:<x@y.example>', 550, 'n'.repeat(5000)),
    )
    const [dialogue] = dialoguesOf([{ ...place, exchanges, trouble: null }])
    expect(dialogue?.length).toBeLessThan(4200)
  })
})
