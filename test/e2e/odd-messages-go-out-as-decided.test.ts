import { beforeAll, describe, expect, test } from 'vitest'
import { oddMessages, whatGoesOut } from '../kit/odd-messages.ts'
import { oddMessagesPage } from '../kit/odd-messages-page.ts'
import { readByPython } from '../kit/python-email.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { withoutReceived } from '../kit/sample-mail.ts'
import { idIn } from '../kit/smtp-conversation.ts'
import { has } from '../system/needs.ts'

/** What arrived of each message, in the order of the list, with the parameters of MAIL, and under which id it was queued. */
const arrived: { bytes: Buffer; mail: string; id: string }[] = []

beforeAll(async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const ids: string[] = []
  for (const [at, { sent }] of oddMessages.entries()) {
    const bytes = Buffer.from(sent, 'latin1')
    ids.push(idIn(await client.submit({ to: `m${at}@dest.test`, bytes })))
  }
  await remote.untilAccepted(oddMessages.length)
  for (const { to, bytes, parameters } of remote.accepted) {
    const at = Number(/^m(\d+)@/.exec(to[0] ?? '')?.[1])
    arrived[at] = { bytes, mail: parameters.mail, id: ids[at] ?? '' }
  }
  await relay.until({ delivered: oddMessages.length })
  // As long as two tests, since it starts a relay and sends all of them
}, 180_000)

const ours = (id: string, at: number): RegExp =>
  new RegExp(
    '^from client\\.test \\(\\[127\\.0\\.0\\.1\\]\\)\\r\\n' +
      `\\tby relay\\.test \\(Sluice\\) with ESMTPSA id ${id}\\r\\n` +
      `\\tfor <m${at}@dest\\.test>;\\r\\n\\t\\w{3}, \\d+ \\w{3} \\d{4} [\\d:]{8} \\+0000$`,
  )

/** Of whole header lines. */
const namesIn = (header: string): string[] =>
  header.split('\r\n').flatMap((line) => /^([^\s:]+):/.exec(line)?.[1] ?? [])

describe('each odd message', () => {
  test('goes out as decided, octet by octet; MAIL says its true size, and that it has 8-bit octets', () => {
    for (const [at, message] of oddMessages.entries()) {
      const { bytes = Buffer.alloc(0), mail = '' } = arrived[at] ?? {}
      const out = Buffer.from(whatGoesOut(message), 'latin1')
      expect(withoutReceived(bytes).equals(out), message.about).toBe(true)
      expect(mail, message.about).toMatch(new RegExp(`\\bSIZE=${bytes.length}\\b`))
      const has8bit = /[\x80-\xff]/.test(message.sent)
      expect(mail.includes('BODY=8BITMIME'), message.about).toBe(has8bit)
    }
  })

  test('is in docs/odd-messages.md; `vitest run -u` renews it', async () => {
    expect(oddMessages.length).toBeGreaterThanOrEqual(30)
    await expect(oddMessagesPage(oddMessages)).toMatchFileSnapshot('../../docs/odd-messages.md')
  })

  test.skipIf(!has('python3'))(
    'is read by another parser as it is meant: trace, header, body',
    () => {
      const read = readByPython(arrived.map(({ bytes }) => bytes))
      expect(read).toHaveLength(oddMessages.length)
      for (const [at, { about, header, body, bodyForPython }] of oddMessages.entries()) {
        const { fields = [], body: found, defects } = read[at] ?? {}
        const [[first, trace] = [], ...others] = fields
        expect(first, about).toBe('Received')
        expect(trace, about).toMatch(ours(arrived[at]?.id ?? '', at))
        expect(
          others.map(([name]) => name),
          about,
        ).toEqual(namesIn(header))
        expect(found?.toString('latin1'), about).toBe(bodyForPython ?? body ?? '')
        if (bodyForPython === undefined) expect(defects, about).toEqual([])
      }
    },
  )
})
