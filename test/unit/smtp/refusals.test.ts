import { describe, expect, test } from 'vitest'
import type { RefusalView } from '../../../src/store/protocol/views.ts'
import { strangers } from '../../../src/words/refusal-reason.ts'
import { eventually } from '../../kit/facts.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_MAX_RECIPIENTS: '100',
  SLUICE_SUBMISSION_MAX_CONNECTIONS_PER_CLIENT: '2',
})

/** An account of its own for each test, whose refusals nothing else makes. */
let made = 0
async function account(dailyRecipients: number | 'none' = 'none') {
  const login = { account: `sender${++made}`, password: 'correct horse' }
  await door.putAccount(login, { dailyRecipients })
  return login
}

const refusalsOf = async (submitter: string): Promise<readonly RefusalView[]> =>
  (await door.reader.refusals({ submitter }, { before: null, limit: 100 })).refusals

/** How often each reason is counted for a submitter, once all of them are. */
async function counted(submitter: string, all: number): Promise<Record<string, number>> {
  const rows = await eventually(`${all} refusals are counted`, async () => {
    const found = await refusalsOf(submitter)
    return found.reduce((sum, { count }) => sum + count, 0) >= all ? found : undefined
  })
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]))
}

const lines = (): Record<string, unknown>[] =>
  door.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
const linesOf = (name: string) => lines().filter(({ submitter }) => submitter === name)

describe('each refusal of a submitter is counted, and has a line in the log that says', () => {
  test('what is over the limit: used, allowed, and for whom it was', async () => {
    const login = await account(1)
    await using client = await door.loggedIn(login)
    await client.command('MAIL FROM:<shop@example.org>', /^250/)
    await client.command('RCPT TO:<one@x.test>', /^250/)
    await client.command('RCPT TO:<two@x.test> NOTIFY=NEVER', /^450 4\.7\.1 /)
    await client.command('RCPT TO:<three@x.test>', /^450 4\.7\.1 /)
    const name = `account:${login.account}`
    expect(await counted(name, 2)).toEqual({ limit: 2 })
    expect(linesOf(name)).toEqual([
      {
        level: 'info',
        reason: 'limit',
        submitter: name,
        client: '127.0.0.1',
        code: 450,
        enhanced: '4.7.1',
        text: expect.stringMatching(/^daily limit: 1 of 1 recipients used/) as string,
        used: 1,
        allowed: 1,
        helo: 'client.test',
        tls: expect.stringMatching(/^TLSv1\.\d TLS_\w+$/) as string,
        command: 'RCPT',
        id: expect.stringMatching(/^[0-9A-Z]{26}$/) as string,
        sender: 'shop@example.org',
        recipients: 1,
        recipient: 'two@x.test',
        message: 'refused',
      },
      expect.objectContaining({ recipient: 'three@x.test', reason: 'limit' }),
    ])
  })

  test('what is wrong with an envelope or a message, by reason', async () => {
    const login = await account()
    await using client = await door.loggedIn(login)
    await client.command('MAIL FROM:<no mailbox>', /^553 /)
    await client.command('MAIL FROM:<a@x.test> SIZE=99999999999', /^552 /)
    await client.command('MAIL FROM:<a@x.test> SIZE=many', /^501 /)
    await client.command('DATA', /^503 /)
    await client.command('MAIL FROM:<a@x.test>', /^250/)
    await client.command('RCPT TO:<@@>', /^553 /)
    for (let n = 0; n < 100; n++) await client.command(`RCPT TO:<${n}@x.test>`, /^250/)
    await client.command('RCPT TO:<one-more@x.test>', /^452 4\.5\.3 /)
    await client.command('DATA', /^354/)
    await client.command('Subject: a bare\nLF\r\n.', /^550 5\.6\.0 /)
    const looped = 'Received: by x\r\n'.repeat(60)
    expect(await client.submit({ to: 'b@x.test', bytes: looped })).toMatch(/^554 5\.4\.6 /)
    await client.command('RSET', /^250/)
    await client.command('NONSENSE', /^500 /)
    expect(await counted(`account:${login.account}`, 9)).toEqual({
      sender: 1,
      recipient: 1,
      recipients: 1,
      size: 1,
      content: 1,
      loop: 1,
      sequence: 1,
      syntax: 2,
    })
  })

  test('a store that is away', async () => {
    const login = await account()
    await using client = await door.loggedIn(login)
    await door.stopStore()
    try {
      await client.command('MAIL FROM:<a@x.test>', /^451 4\.3\.0 /)
    } finally {
      await door.startStore()
    }
    expect(await counted(`account:${login.account}`, 1)).toEqual({ store_unavailable: 1 })
  })
})

test('a submitter that tries again and again while the store is away is counted each time, and has ten lines for it', async () => {
  const login = await account()
  const name = `account:${login.account}`
  await using client = await door.loggedIn(login)
  await door.stopStore()
  try {
    for (let n = 0; n < 50; n++) await client.command('MAIL FROM:<a@x.test>', /^451 4\.3\.0 /)
  } finally {
    await door.startStore()
  }
  expect(await counted(name, 50)).toEqual({ store_unavailable: 50 })
  const written = linesOf(name).filter(({ reason }) => reason === 'store_unavailable')
  expect(written.length).toBeLessThanOrEqual(11)
})

test('what is accepted is no refusal, and neither is a client that says goodbye', async () => {
  const login = await account()
  await using client = await door.loggedIn(login)
  expect(await client.submit({ to: 'a@x.test' })).toMatch(/^250/)
  await client.command('QUIT', /^221/)
  expect(linesOf(`account:${login.account}`).filter(({ reason }) => reason)).toEqual([])
  expect(await refusalsOf(`account:${login.account}`)).toEqual([])
})

describe('strangers', () => {
  test('are counted together, whatever they call themselves, and their lines name address and account', async () => {
    const before = await sumOf()
    await using client = await door.connect('implicit')
    await client.ehlo()
    await client.command('MAIL FROM:<a@x.test>', /^530 /)
    for (const name of ['mallory', 'eve']) {
      const wrong = Buffer.from(`\0${name}\0wrong`).toString('base64')
      await client.command(`AUTH PLAIN ${wrong}`, /^535 /)
    }
    await eventually('three more are counted', async () =>
      (await sumOf()) === before + 3 ? true : undefined,
    )
    const names = (await door.reader.refusals({}, { before: null, limit: 100 })).refusals
      .map(({ submitter }) => submitter?.id)
      .filter((id) => id?.startsWith('mallory'))
    expect(names).toEqual([])
    expect(lines()).toContainEqual(
      expect.objectContaining({
        reason: 'login_failed',
        client: '127.0.0.1',
        account: 'mallory',
        why: 'wrong',
        code: 535,
        tls: expect.stringMatching(/^TLSv1\.\d TLS_\w+$/) as string,
        message: 'refused',
      }),
    )
  })

  test('beyond the cap of connections are counted, too', async () => {
    await using one = await door.connect()
    await using two = await door.connect()
    await one.ehlo()
    await two.ehlo()
    await using three = await Conversation.connect('127.0.0.1', door.port('starttls'))
    await three.expect(/^421 4\.7\.0 /)
    expect((await counted(strangers, 1))['connections']).toBeUndefined()
    await eventually('the connection is counted', async () => {
      const rows = await refusalsOf(strangers)
      return rows.find(({ reason }) => reason === 'connections')
    })
    expect(lines()).toContainEqual(
      expect.objectContaining({ reason: 'connections', client: '127.0.0.1', code: 421 }),
    )
  })

  test('that are refused a hundred times have ten lines for it, not a hundred', async () => {
    const before = await sumOf()
    for (let at = 0; at < 10; at++) {
      await using client = await door.connect()
      await client.ehlo()
      for (let n = 0; n < 10; n++) await client.command('BOGUS', /^500 /)
    }
    await eventually('all are counted', async () =>
      (await sumOf()) >= before + 100 ? true : undefined,
    )
    const written = lines().filter(({ reason, submitter }) => reason === 'syntax' && !submitter)
    expect(written.length).toBeLessThanOrEqual(11)
  })

  const sumOf = async () => (await refusalsOf(strangers)).reduce((sum, { count }) => sum + count, 0)
})
