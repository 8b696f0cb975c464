import { beforeEach, expect, test } from 'vitest'
import type { PasswordBackend } from '../../../src/accounts/password-backend.ts'
import { eventually } from '../../kit/facts.ts'
import type { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

/** Passwords that are checked elsewhere, such as by a mail server: it knows mailboxes that the store has no row of. */
let check: PasswordBackend['check']
const elsewhere: PasswordBackend = {
  hasStoredAccounts: false,
  checksAtOnce: 10,
  versionOf: () => Promise.resolve(null),
  check: (attempt, signal) => check(attempt, signal),
}

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {}, {}, elsewhere)
beforeEach(() => {
  check = ({ name, password }) =>
    Promise.resolve(
      password === 'right'
        ? { kind: 'account', account: name, version: null }
        : { kind: 'wrong', version: null },
    )
})

async function greeted(): Promise<Conversation> {
  const client = await door.connect('implicit')
  await client.ehlo()
  return client
}
const auth = (name: string, password: string): string =>
  `AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString('base64')}`

test('a name that it knows may log in and send, though the store has no such account; the others are wrong', async () => {
  await using client = await greeted()
  await client.command(auth('Mailbox@own.test', 'wrong'), /^535 5\.7\.8 /)
  await client.command(auth('Mailbox@own.test', 'right'), /^235 /)
  const { message } = await door.stored(await client.submit({ to: 'user@dest.test' }))
  expect(message.submitter).toEqual({ kind: 'account', id: 'mailbox@own.test' })
})

test.each<[string, PasswordBackend['check']]>([
  ['is unavailable', () => Promise.resolve({ kind: 'unavailable', why: 'the server is away' })],
  ['throws', () => Promise.reject(new Error('the server is away'))],
])('where it %s, a login is answered 454, the third 421; the log says why', async (_, failing) => {
  check = failing
  await using client = await greeted()
  const temporary = /^454 4\.7\.0 temporary authentication failure, try again later$/
  await client.command(auth('one@own.test', 'right'), temporary)
  await client.command('MAIL FROM:<a@example.org>', /^530 /)
  await client.command(auth('one@own.test', 'right'), temporary)
  await client.command(auth('one@own.test', 'right'), /^421 4\.7\.0 temporary auth/)
  expect(door.logged.at(-1)).toMatch(/the server is away/)
  expect(await client.ended()).toBe('')
})

test('where it is slow, other clients go on meanwhile', async () => {
  const verdict = Promise.withResolvers<Awaited<ReturnType<PasswordBackend['check']>>>()
  check = ({ name }) =>
    name === 'slow@own.test'
      ? verdict.promise
      : Promise.resolve({ kind: 'account', account: name, version: null })
  await using slow = await greeted()
  slow.write(`${auth('slow@own.test', 'right')}\r\n`)
  await using quick = await greeted()
  await quick.command(auth('quick@own.test', 'right'), /^235 /)
  verdict.resolve({ kind: 'wrong', version: null })
  await slow.expect(/^535 /)
})

test.each(['implicit', 'starttls'] as const)('a login over %s whose connection is reset while it waits is never checked', async (tls) => {
  const asked: string[] = []
  const verdict = Promise.withResolvers<Awaited<ReturnType<PasswordBackend['check']>>>()
  check = ({ name }) => {
    asked.push(name)
    return verdict.promise
  }
  const guess = async (name: string): Promise<Conversation> => {
    const client = await door.connect(tls)
    await client.ehlo()
    if (tls === 'starttls') {
      await client.startTls()
      await client.ehlo()
    }
    return client.send(auth(name, 'wrong'))
  }
  await using one = await guess('one@own.test')
  await using two = await guess('two@own.test')
  await eventually('two checks', () => (asked.length === 2 ? true : undefined))
  await using third = await guess('third@own.test')
  third.reset()
  await using last = await guess('last@own.test')
  verdict.resolve({ kind: 'wrong', version: null })
  for (const client of [one, two, last]) await client.expect(/^535 /)
  expect(asked).toEqual(['one@own.test', 'two@own.test', 'last@own.test'])
}) // prettier-ignore
