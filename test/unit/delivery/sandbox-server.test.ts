import { createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startSandboxServer } from '../../../src/delivery/sandbox-server.ts'
import { within } from '../../kit/facts.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** Says all of it, cut into pieces of `size`, and answers what came back up to the goodbye. */
async function talk(text: string, size: number): Promise<string[]> {
  using folder = tempFolder()
  const path = join(folder.path, 'sandbox.sock')
  const server = await startSandboxServer(path)
  const socket = createConnection(path)
  let answers = ''
  socket.on('data', (bytes) => (answers += bytes.toString('latin1')))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  for (let at = 0; at < text.length; at += size) socket.write(text.slice(at, at + size), 'latin1')
  await within('the goodbye', ended)
  await server.close()
  return answers.split('\r\n').filter((line) => !line.startsWith('250-'))
}

const envelope = 'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<"odd one"@[1.2.3.4]>\r\nDATA\r\n'

describe('the sandbox', () => {
  for (const [name, message] of [
    ['a message', 'Subject: x\r\n\r\nhello\r\n'],
    ['an empty message', ''],
    ['a message with dots', '..\r\n..QUIT\r\n\r\n..\r\n'],
    ['a large message', 'x'.repeat(200_000) + '\r\n'],
  ] as const) {
    it(`swallows ${name}, in whatever pieces it comes`, async () => {
      for (const size of message.length > 1000 ? [65_536] : [1, 3, 1000]) {
        const answers = await talk(`${envelope}${message}.\r\nQUIT\r\n`, size)
        expect(answers).toEqual([
          '220 sandbox ESMTP Sluice: nothing leaves',
          '250 ENHANCEDSTATUSCODES',
          '250 2.1.0 ok',
          '250 2.1.5 ok',
          '354 go ahead',
          '250 2.0.0 swallowed by the sandbox',
          '221 2.0.0 bye',
          '',
        ])
      }
    })
  }
})
