import { describe, expect, it } from 'vitest'
import { toMail } from '../../../src/delivery/to-mail.ts'
import { envelopeTo } from './envelope.ts'

const plain = [Buffer.from('Subject: x\r\n\r\nGrüße\r\n')]

async function mailOf(sender: string, address: string, content = plain) {
  const { recipients, ...envelope } = envelopeTo([null])
  const to = recipients.map((each) => ({ ...each, address }))
  const mail = await toMail({
    envelope: { ...envelope, sender, esmtp: { smtputf8: true }, recipients: to },
    content,
  })
  return [mail.smtputf8, mail.sender, mail.recipients[0]?.address]
}

describe('a message that was sent with SMTPUTF8', () => {
  it('needs none where all of it is in ASCII, but for its body', async () => {
    expect(await mailOf('a@b.example', 'c@d.example')).toEqual([
      false,
      'a@b.example',
      'c@d.example',
    ])
    expect(await mailOf('', 'c@d.example')).toEqual([false, '', 'c@d.example'])
  })

  it('needs none for a domain, which goes out as A-labels', async () => {
    expect(await mailOf('a@bücher.example', 'c@Straße.Example')).toEqual([
      false,
      'a@xn--bcher-kva.example',
      'c@xn--strae-oqa.example',
    ])
  })

  it('needs it for an address or a header beyond ASCII, and goes out as it came', async () => {
    expect(await mailOf('jörg@bücher.example', 'c@bücher.example')).toEqual([
      true,
      'jörg@bücher.example',
      'c@bücher.example',
    ])
    const header = [Buffer.from('Subject: Grüße\r\n\r\nx\r\n')]
    expect(await mailOf('a@b.example', 'c@bücher.example', header)).toEqual([
      true,
      'a@b.example',
      'c@bücher.example',
    ])
  })

  it('needs it for a domain that has no form in ASCII', async () => {
    const address = 'c@xn--ü.example'
    expect(await mailOf('a@b.example', address)).toEqual([true, 'a@b.example', address])
  })
})
