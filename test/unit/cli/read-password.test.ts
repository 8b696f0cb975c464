import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Complaint } from '../../../src/cli/complaint.ts'
import type { Io } from '../../../src/cli/io.ts'
import { readPassword } from '../../../src/cli/read-password.ts'

function terminal() {
  const said = { out: '', err: '' }
  const keys = Object.assign(new PassThrough(), { isTTY: true })
  const io: Io = {
    in: keys,
    out: { write: (text) => (said.out += String(text)) },
    err: { write: (text) => (said.err += String(text)) },
  }
  return { io, keys, said }
}

test('at a terminal it is asked for, can be corrected, and is not shown', async () => {
  const { io, keys, said } = terminal()
  const asked = readPassword(io, 'Password: ')
  keys.write('secres\u007ft\r')
  expect(await asked).toBe('secret')
  expect(said).toEqual({ out: '', err: 'Password: \n' })
})

test.each(['\u0003', '\u0004'])('%j ends the question', async (key) => {
  const { io, keys } = terminal()
  const asked = readPassword(io, 'Password: ')
  keys.write(key)
  await expect(asked).rejects.toMatchObject({ status: 1 } satisfies Partial<Complaint>)
})

test('of what is piped in the first line counts', async () => {
  const { io, keys } = terminal()
  keys.isTTY = false
  keys.write('sec')
  keys.end('ret\r\nmore\n')
  expect(await readPassword(io, 'Password: ')).toBe('secret')
})
