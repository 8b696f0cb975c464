import { describe, expect, it } from 'vitest'
import { noExtensions, readExtensions } from '../../../../src/delivery/client/extensions.ts'
import { mailCommand, rcptCommand, type Mail } from '../../../../src/delivery/client/mail.ts'

const all = {
  ...noExtensions,
  eightBitMime: true,
  smtputf8: true,
  dsn: true,
  size: { maxBytes: null },
}

const mail: Mail = {
  sender: 'a@b.example',
  recipients: [],
  sizeBytes: 77,
  body8bit: true,
  smtputf8: true,
  ret: 'HDRS',
  envid: 'x+3D1',
  content: [],
}

describe('MAIL and RCPT', () => {
  it('say what the message needs and the host offers', () => {
    expect(mailCommand(mail, all)).toBe(
      'MAIL FROM:<a@b.example> SIZE=77 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+3D1\r\n',
    )
    const recipient = {
      address: 'c@d.example',
      notify: ['FAILURE', 'DELAY'],
      orcpt: 'rfc822;e@f.example',
    }
    expect(rcptCommand(recipient, all, true)).toBe(
      'RCPT TO:<c@d.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;e@f.example\r\n',
    )
  })

  it('say nothing that the host does not know', () => {
    const plain = { ...mail, smtputf8: false }
    expect(mailCommand(plain, noExtensions)).toBe('MAIL FROM:<a@b.example>\r\n')
    const recipient = { address: 'c@d.example', notify: ['NEVER'], orcpt: 'rfc822;x@y.example' }
    expect(rcptCommand(recipient, noExtensions, false)).toBe('RCPT TO:<c@d.example>\r\n')
  })

  it('keep the null reverse-path', () => {
    expect(mailCommand({ ...mail, sender: '', smtputf8: false }, noExtensions)).toBe(
      'MAIL FROM:<>\r\n',
    )
  })

  it('write an original address in ASCII where SMTPUTF8 is not in use', () => {
    const recipient = {
      address: 'c@d.example',
      notify: null,
      orcpt: 'utf-8;jürgen\\x{2B}1@ü.example',
    }
    expect(rcptCommand(recipient, all, false)).toBe(
      'RCPT TO:<c@d.example> ORCPT=utf-8;j\\x{FC}rgen\\x{2B}1@\\x{FC}.example\r\n',
    )
    expect(rcptCommand(recipient, all, true)).toContain('ORCPT=utf-8;jürgen\\x{2B}1@ü.example')
  })

  it('never become two commands', () => {
    const sender = 'a@b.example>\r\nRCPT TO:<victim@c.example'
    expect(() => mailCommand({ ...mail, sender }, all)).toThrow('line break')
    const orcpt = 'rfc822;a\r\nDATA'
    expect(() => rcptCommand({ address: 'c@d.example', notify: null, orcpt }, all, true)).toThrow(
      'line break',
    )
  })
})

describe('what a host offers', () => {
  it('is read without regard to case, and only what follows the greeting', () => {
    const offered = readExtensions(['PIPELINING.example greets', 'starttls', 'SIZE 1000', 'X-WHAT'])
    expect(offered).toEqual({ ...noExtensions, starttls: true, size: { maxBytes: 1000 } })
  })

  it('knows a SIZE without a number, or of 0, as no limit', () => {
    expect(readExtensions(['x', 'SIZE']).size).toEqual({ maxBytes: null })
    expect(readExtensions(['x', 'SIZE 0']).size).toEqual({ maxBytes: null })
  })
})
