import { describe, expect, test } from 'vitest'
import { eventually } from '../../kit/facts.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'
import { chapters, closes, type Dialogue } from './intake-dialogues.ts'

const trusted = '127.0.0.2'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), { SLUICE_RELAY_TRUSTED_NETWORKS: trusted })

/** A client of that kind, greeted as the dialogue wants. */
async function clientOf({ as, hello = 'EHLO client.test' }: Dialogue): Promise<Conversation> {
  if (as === 'logged in') return door.loggedIn()
  const tls = as === 'stranger under TLS'
  const from = as === 'trusted' ? trusted : undefined
  const port = door.port(tls ? 'implicit' : 'starttls')
  const client = await Conversation.connect('127.0.0.1', port, tls, from)
  await client.expect(/^220 /)
  if (hello !== null) await client.command(hello, /^250/)
  return client
}

const codeOf = (reply: string): string => reply.slice(0, 3)

/** Plays a dialogue; the replies to what is said in it. */
async function play(dialogue: Dialogue): Promise<string[]> {
  await using client = await clientOf(dialogue)
  const replies: string[] = []
  for (const [said, codes] of dialogue.says) {
    if (said === closes) client.closeOwnSide()
    else if (/[\r\n]$/.test(said)) client.write(said)
    else client.send(said)
    const expected = codes === '' ? [] : codes.split(' ')
    const heard: string[] = []
    while (heard.length < expected.length) heard.push(await client.reply())
    expect(heard.map(codeOf), client.transcript).toEqual(expected)
    replies.push(...heard)
  }
  if (dialogue.taken) await expectTaken(client, dialogue)
  if (dialogue.ends) expect(await client.ended()).toBe('')
  // Nothing that was sent stands behind and is answered later
  else await client.command('NOOP', /^250 2\.0\.0 OK$/)
  return replies
}

async function expectTaken(client: Conversation, { says, taken }: Dialogue): Promise<void> {
  const hasRecipient = says.some(([said]) => /^rcpt/i.test(said))
  if (!hasRecipient) await client.command('RCPT TO:<u@own.test>', /^250 2\.1\.5 /)
  await client.command('DATA', /^354/)
  const { message } = await door.stored(await client.write('x\r\n.\r\n').reply())
  const envelope = [message.from, ...message.recipients.map(({ address }) => address)]
  expect(envelope).toEqual(taken)
}

const refusedLines = (): number =>
  door.logged.filter(
    (line) => line.includes('"submitter":') && line.includes('"message":"refused"'),
  ).length

const played = new Map<Dialogue, string[]>()
const replay = async (dialogue: Dialogue): Promise<string[]> => {
  const known = played.get(dialogue) ?? (await play(dialogue))
  played.set(dialogue, known)
  return known
}
const all = Object.values(chapters).flat()

describe('each client is answered as decided', () => {
  test.each(all.map((dialogue) => [dialogue.as, dialogue.what, dialogue] as const))(
    '%s: %s',
    async (as, _, dialogue) => {
      const before = refusedLines()
      const refused = (await replay(dialogue)).filter((reply) => Number(codeOf(reply)) >= 400)
      if (as === 'stranger' || as === 'stranger under TLS') return
      await eventually('each refusal of a client that may send has its line in the log', () =>
        refusedLines() - before >= refused.length ? true : undefined,
      )
    },
  )
})

test('these are sixty dialogues at least', () => {
  expect(all.length).toBeGreaterThanOrEqual(60)
})

/** As it is written in a cell of a table, control characters as they are escaped in most languages. */
const cell = (text: string): string =>
  `\`${JSON.stringify(Buffer.from(text, 'latin1').toString('utf8')).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\u0000', '\\0')}\``

const shortened = (text: string): string =>
  /^auth \w+ .{12}/i.test(text) ? text.replace(/ \S+$/, ' …') : text

const answer = (reply: string): string =>
  reply.split('\n').at(-1)?.split(' ').slice(0, 2).join(' ') ?? ''

function row(dialogue: Dialogue, replies: readonly string[]): string {
  const said = dialogue.says.map(([text]) =>
    text === closes
      ? closes
      : text === ''
        ? '(an empty line)'
        : cell(shortened(text.replace(/^[A-Za-z0-9+/]+={0,2}$/, '(base64)'))),
  )
  const hello = typeof dialogue.hello === 'string' ? [cell(dialogue.hello)] : []
  const codes = replies.map((reply) =>
    /^\d{3} [245]\./.test(answer(reply)) ? answer(reply) : codeOf(reply),
  )
  const end = dialogue.ends ? ', then it closes' : ''
  const [from = '', to = ''] = dialogue.taken ?? []
  const taken = dialogue.taken ? `\`${from === '' ? '<>' : from}\` to \`${to}\`` : ''
  return `| ${dialogue.as} | ${dialogue.what} | ${[...hello, ...said].join('<br>')} | ${codes.join('<br>')}${end} | ${taken} |`
}

test('docs/intake.md is what the dialogues came to; `vitest run -u` renews it', async () => {
  const page = [
    '# How old and odd clients are answered',
    '',
    'This page is made by `test/unit/smtp/intake.test.ts`, which plays each dialogue against the real thing. A client that may send (it has',
    'logged in, or comes from a trusted network) is read generously where what it says has one meaning; a stranger is read strictly. Nobody',
    'is read generously in what ends a command or a message: only CRLF, and CRLF dot CRLF',
    '([0033](decisions/0033-a-bare-lf-is-refused.md)). The relay of this page is `relay.test`; `\\t` is a TAB, `\\0` a NUL, `\\n` an LF.',
  ]
  for (const [chapter, dialogues] of Object.entries(chapters)) {
    page.push(
      '',
      `## ${chapter}`,
      '',
      '| client | form | it says | answer | taken as |',
      '| --- | --- | --- | --- | --- |',
    )
    for (const dialogue of dialogues) page.push(row(dialogue, await replay(dialogue)))
  }
  await expect(`${page.join('\n')}\n`).toMatchFileSnapshot('../../../docs/intake.md')
})
