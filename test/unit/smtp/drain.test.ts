import { expect, test } from 'vitest'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened))

test('at the end idle clients are told 421, a message under way is finished, and nobody new comes in', async () => {
  await using idle = await door.connect()
  await using busy = await door.loggedIn()
  await busy.command('BOGUS', /^500/)
  await busy.openTransaction('b@example.net')
  const closed = door.closeSmtp()
  await idle.expect(/^421 4\.3\.2 /)
  expect(await idle.ended()).toBe('')
  await expect(Conversation.connect('127.0.0.1', door.port('starttls'))).rejects.toThrow()
  const reply = await busy.write('x\r\n.\r\n').expect(/^250 2\.0\.0 queued as /)
  await busy.expect(/^421 4\.3\.2 /)
  await closed
  expect((await door.stored(reply)).message.recipientCount).toBe(1)
  // Idle clients have asked for nothing, so nothing was refused; what was refused before the end is counted.
  const { refusals } = await door.reader.refusals({}, { before: null, limit: 100 })
  expect(refusals.map(({ reason, count }) => [reason, count])).toEqual([['syntax', 1]])
})
