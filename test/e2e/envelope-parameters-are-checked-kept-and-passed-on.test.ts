import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

test('DSN, 8BITMIME and SMTPUTF8 parameters reach a host that knows them, and only such a host', async () => {
  await using remote = await startRemote({ offers: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN'] })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  expect(await client.ehlo()).toMatch(/^250[ -]DSN$/m)
  await client.command('MAIL FROM:<a@customer.test> BODY=8BITMIME RET=HDRS ENVID=QQ314159', /^250/)
  await client.command(
    'RCPT TO:<b@dest.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B@dest.test',
    /^250/,
  )
  await client.command('DATA', /^354/)
  await client.write('Subject: p\r\n\r\nbody \xe4\r\n.\r\n').expect(/^250/)
  await relay.until({ delivered: 1 })
  const [first] = remote.accepted
  expect(first?.parameters.mail).toMatch(/BODY=8BITMIME/)
  expect(first?.parameters.mail).toMatch(/RET=HDRS/)
  expect(first?.parameters.mail).toMatch(/ENVID=QQ314159/)
  expect(first?.parameters.rcpt[0]).toMatch(/NOTIFY=SUCCESS,FAILURE/)
  expect(first?.parameters.rcpt[0]).toMatch(/ORCPT=rfc822;B@dest\.test/)

  remote.script = { offers: [] }
  remote.dropAll()
  expect(
    await client.submit({ to: 'c@dest.test', mailParameters: 'BODY=8BITMIME RET=FULL' }),
  ).toMatch(/^250/)
  await relay.until({ delivered: 2 })
  expect(remote.accepted.at(-1)?.parameters).toEqual({ mail: '', rcpt: [''] })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 2 })
})

test('parameters that are none are refused one by one', async () => {
  await using relay = await startRelay()
  await using client = await relay.smtp()
  for (const [parameter, reply] of [
    ['BODY=BINARYMIME', /^501 |^555 /],
    ['RET=ALL', /^501 5\.5\.4 /],
    ['ENVID=a+b', /^501 5\.5\.4 /],
    ['SIZE=big', /^501 5\.5\.4 /],
    ['FOO=bar', /^555 5\.5\.4 /],
  ] as const) {
    await client.command(`MAIL FROM:<a@customer.test> ${parameter}`, reply)
  }
  await client.command('MAIL FROM:<a@customer.test>', /^250/)
  for (const [parameter, reply] of [
    ['NOTIFY=NEVER,FAILURE', /^501 5\.5\.4 /],
    ['NOTIFY=SOMETIMES', /^501 5\.5\.4 /],
    ['ORCPT=nothing', /^501 5\.5\.4 /],
    ['FOO', /^555 5\.5\.4 /],
  ] as const) {
    await client.command(`RCPT TO:<b@dest.test> ${parameter}`, reply)
  }
  const address = Buffer.from('jürgen@dest.test').toString('latin1')
  await client.command(`RCPT TO:<${address}>`, /^553 5\.6\.7 /)
  expect(await relay.summary()).toEqual({})
})

test('an internationalized address goes to a host that can take it and bounces elsewhere', async () => {
  const address = Buffer.from('jürgen@dest.test').toString('latin1')
  await using remote = await startRemote({ offers: ['SMTPUTF8', '8BITMIME'] })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.submit({ to: address, mailParameters: 'SMTPUTF8' })
  await relay.until({ delivered: 1 })
  expect(remote.accepted[0]?.to).toEqual(['jürgen@dest.test'])
  expect(remote.accepted[0]?.parameters.mail).toMatch(/SMTPUTF8/)
  remote.script = { offers: ['8BITMIME'] }
  remote.dropAll()
  await client.submit({ to: address, mailParameters: 'SMTPUTF8' })
  await relay.until({ bounced: 1 })
  const { body } = await relay.api('/queue/messages?status=bounced')
  expect(body).toMatchObject({ data: [{ recipients: [{ last_reply: { enhanced: '5.6.7' } }] }] })
})
