import { describe, expect, it } from 'vitest'
import { dialogueOf } from '../../../src/delivery/dialogue.ts'

const place = { host: 'mx.example', address: '192.0.2.1', tls: null }
const said = (command: string, code: number, text = 'ok') => ({
  said: `${command}\r\n`,
  reply: { code, enhanced: null, text, lines: [text] },
})

describe('the record of a try', () => {
  it('is not kept when all went well', () => {
    const exchanges = [said('MAIL FROM:<>', 250), said('DATA', 354), said('.', 250)]
    expect(dialogueOf([{ ...place, exchanges, trouble: null }])).toBeNull()
  })

  it('shows who said what, host by host', () => {
    const first = { ...place, exchanges: [], trouble: 'connection refused' }
    const second = {
      host: 'mx2.example',
      address: '192.0.2.2',
      tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      exchanges: [
        said('MAIL FROM:<a@b.example>', 250),
        said('RCPT TO:<x@y.example>', 550, 'no such user'),
      ],
      trouble: null,
    }
    expect(dialogueOf([first, second])?.split('\n')).toEqual([
      '-- mx.example [192.0.2.1]',
      '-- connection refused',
      '-- mx2.example [192.0.2.2] TLSv1.3 TLS_AES_256_GCM_SHA384',
      '> MAIL FROM:<a@b.example>',
      '< 250 ok',
      '> RCPT TO:<x@y.example>',
      '< 550 no such user',
      '',
    ])
  })

  it('stays in bounds, however much was said', () => {
    const exchanges = Array.from({ length: 500 }, () =>
      said('RCPT TO:<x@y.example>', 550, 'n'.repeat(5000)),
    )
    expect(dialogueOf([{ ...place, exchanges, trouble: null }])?.length).toBeLessThan(4200)
  })
})
