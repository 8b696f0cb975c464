import { expect, test } from 'vitest'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {
  SLUICE_SUBMISSION_EIGHT_BIT: 'refuse',
  SLUICE_SUBMISSION_LONG_LINES: 'refuse',
})

const submit = async (text: string, mailParameters = ''): Promise<string> => {
  await using client = await door.loggedIn()
  const bytes = Buffer.from(text, 'latin1')
  return await client.submit({ to: 'b@example.net', bytes, mailParameters })
}

test('a client is not offered what would be refused', async () => {
  await using client = await door.connect()
  expect(await client.ehlo()).not.toMatch(/8BITMIME|SMTPUTF8/)
})

test.each(['', 'BODY=8BITMIME', 'BODY=8BITMIME SMTPUTF8'])(
  '8-bit octets are refused after DATA, whatever MAIL says: %j',
  async (parameters) => {
    expect(await submit('Subject: x\r\n\r\ncaf\xe9\r\n', parameters)).toMatch(
      /^554 5\.6\.3 .*8-bit/,
    )
    expect(await submit('Subject: x\r\n\r\ncaf=E9\r\n', parameters)).toMatch(/^250 /)
  },
)

test('a line of 998 octets passes, also one with a stuffed dot; a longer one is refused by its number', async () => {
  const line = (octets: number): string => `.${'x'.repeat(octets - 1)}\r\n`
  expect(await submit(`Subject: x\r\n\r\n${line(998)}`)).toMatch(/^250 /)
  expect(await submit(`Subject: x\r\n\r\n${line(999)}`)).toMatch(/^554 5\.6\.0 line 3 /)
  expect(await submit(`Subject: ${'s'.repeat(990)}\r\n\r\n`)).toMatch(/^554 5\.6\.0 line 1 /)
})
