import { expect, test, vi } from 'vitest'
import { eventually } from '../../kit/facts.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_IDLE_TIMEOUT: '1s',
  SLUICE_SUBMISSION_DATA_TIMEOUT: '1s',
  // a login can take longer than that on a busy machine
  SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.1',
})

test('a silent client is told 421 and sent away', async () => {
  await using client = await door.connect()
  await client.expect(/^421 4\.4\.2 /)
  expect(await client.ended()).toBe('')
})

test('so is one that never ends its line, however steadily it trickles', async () => {
  await using client = await door.connect()
  const trickle = setInterval(() => client.write('x'), 20)
  await client.expect(/^421 4\.4\.2 too slow/).finally(() => clearInterval(trickle))
})

test('so is one that never ends its message', async () => {
  await using client = await door.connect()
  await client.ehlo()
  await client.openTransaction('b@example.net')
  const trickle = setInterval(() => client.write('x\r\n'), 20)
  await client.expect(/^421 4\.4\.2 too slow/).finally(() => clearInterval(trickle))
  expect((await door.reader.ledger()).accepted).toBe(0)
})

test.each(['\n.\n', '\r\n.\n', '\n.\r\n'])(
  'one that ends its message with %j hears at its time-out what it did, and so does the log',
  async (end) => {
    await using client = await door.connect()
    await client.ehlo()
    await client.openTransaction('b@example.net')
    const logged = door.logged.length
    client.write(`Subject: x\n\nbody${end}`)
    await client.expect(/^421 4\.4\.2 timeout: the message holds bare LFs, and only <CRLF>\.<CRLF>/)
    expect(door.logged.slice(logged).map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        reason: 'timeout',
        submitter: 'network:127.0.0.1/32',
        client: '127.0.0.1',
        code: 421,
        text: expect.stringContaining('bare LFs') as string,
        sender: 'sender@customer.test',
        recipients: 1,
        message: 'refused',
      }),
    ])
    expect((await door.reader.ledger()).accepted).toBe(0)
  },
)

test('one that gives up in the midst of its message has a line in the log, with what it sent', async () => {
  const client = await door.connect()
  await client.ehlo()
  await client.openTransaction('b@example.net')
  client.write('body\n.\n').destroy()
  const line = await eventually('the line is there', () =>
    door.logged.find((each) => each.includes('client gone before the end of its message')),
  )
  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    submitter: 'network:127.0.0.1/32',
    client: '127.0.0.1',
    sender: 'sender@customer.test',
    recipients: 1,
    bare_lf: true,
  })
})

test('one that is quick enough stays, however far the wall clock jumps', async () => {
  await using client = await door.connect()
  await client.ehlo()
  await client.openTransaction('b@example.net')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  await client
    .write('x\r\n.\r\n')
    .expect(/^250/)
    .finally(() => vi.useRealTimers())
})
