import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/account.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { doorForAllTests, type FrontDoor } from '../smtp/front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => {
  door = opened
  for (const [name, value] of Object.entries(door.variables)) vi.stubEnv(name, value)
})
afterAll(() => {
  vi.unstubAllEnvs()
})

async function account(words: string, stdin = '') {
  let out = ''
  let err = ''
  const status = await run(words.split(' '), {
    in: Readable.from([Buffer.from(stdin)]),
    out: { write: (text) => (out += String(text)) },
    err: { write: (text) => (err += String(text)) },
  })
  return { status, out, err }
}

describe('sluice account', () => {
  test('add makes a password up and shows it once, alone on stdout; it opens the door', async () => {
    const { status, out, err } = await account('add Shop-1 --limit 50')
    expect({ status, err }).toEqual({
      status: 0,
      err: 'Account shop-1 was added and has a daily limit of 50 recipients.\nIts password, shown this once:\n',
    })
    const client = await door.loggedIn({ account: 'shop-1', password: out.trimEnd() })
    client.destroy()
    expect(await door.reader.account('shop-1')).toMatchObject({ dailyRecipients: 50 })
  })

  test('add and passwd take a password from stdin, and then show none', async () => {
    const added = await account('add bob --password-stdin', 'first one\nnot this\n')
    expect(added).toEqual({
      status: 0,
      out: '',
      err: 'Account bob was added and has a daily limit of 300 recipients, the default (relay.daily_recipients).\n',
    })
    const changed = await account('passwd bob --password-stdin', 'second one')
    expect(changed).toEqual({ status: 0, out: '', err: 'Account bob has a new password.\n' })
    const client = await door.loggedIn({ account: 'bob', password: 'second one' })
    client.destroy()
  })

  test('limit changes how much may be sent; rm takes the login away', async () => {
    await account('add carol --limit none')
    expect(await door.reader.account('carol')).toMatchObject({ dailyRecipients: 'none' })
    expect((await account('limit carol 7')).err).toBe(
      'Account carol has a daily limit of 7 recipients.\n',
    )
    expect(await door.reader.account('carol')).toMatchObject({ dailyRecipients: 7 })
    expect((await account('limit carol default')).err).toBe(
      'Account carol has a daily limit of 300 recipients, the default (relay.daily_recipients).\n',
    )
    expect(await door.reader.account('carol')).toMatchObject({ dailyRecipients: null })
    expect(await account('rm carol')).toMatchObject({ status: 0 })
    expect(await door.reader.account('carol')).toBeNull()
  })

  test('list shows names and limits, never a hash', async () => {
    const { out } = await account('list --json')
    const rows = out.trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row) as unknown)).toContainEqual({
      name: 'alice',
      daily_recipients: 'none',
      effective_daily_recipients: 'none',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    })
    const list = await account('list')
    expect(list.out).toMatch(/^NAME +DAILY LIMIT +CREATED\n/)
    expect(list.out).toMatch(/^alice +none +\d/m)
    await account('add heidi')
    expect((await account('list')).out).toMatch(/^heidi +300 \(default\) +\d/m)
    expect((await account('list --json')).out).toContain(
      '"daily_recipients":"default","effective_daily_recipients":300,',
    )
    expect(out + list.out).not.toContain('scrypt')
  })

  test.each([
    ['add alice', 1, /there is an account of this name/],
    ['add demo', 1, /belongs to the first start/],
    ['add a/b', 1, /a name has 1 to 64/],
    ['passwd nobody', 1, /there is no such account/],
    ['rm nobody', 1, /there is no such account/],
    [
      'limit alice some',
      64,
      /invalid limit "some": use a number, 0 \(nothing may be sent\), none or default/,
    ],
    [
      'add',
      64,
      /^sluice: account add: NAME is missing\nusage: sluice account add NAME \[--limit N\|none\] \[--password-stdin\]\n$/,
    ],
    [
      'limit alice',
      64,
      /^sluice: account limit: N\|none\|default is missing\nusage: .* limit NAME /,
    ],
    ['add x y', 64, /^sluice: unexpected argument "y"\nusage: sluice account add NAME /],
    ['list x', 64, /^sluice: unexpected argument "x"\nusage: sluice account list \[--json\]\n$/],
    ['frobnicate x', 64, /^sluice: account: unknown subcommand "frobnicate"\nusage: /],
    ['add x --nonsense', 64, /nonsense/],
  ])('%s ends with %i and says why', async (words, status, why) => {
    const result = await account(words)
    expect(result.status).toBe(status)
    expect(result.err).toMatch(why)
    expect(result.out).toBe('')
  })

  test('a password that is too short is refused', async () => {
    const result = await account('add dave --password-stdin', 'short\n')
    expect(result).toMatchObject({
      status: 1,
      err: 'sluice: a password has 8 to 1024 characters\n',
    })
    expect(await door.reader.account('dave')).toBeNull()
  })

  test.each([
    ['add erin', 'created_at'],
    ['passwd alice', 'password_hash'],
    ['limit alice 9', 'daily_recipients'],
    ['rm alice', 'name'],
  ])('%s says that the store failed where it did, and nothing else', async (words, column) => {
    using store = new DatabaseSync(dataPaths(door.settings.dataDir).database)
    store.exec(`ALTER TABLE account RENAME COLUMN ${column} TO missing`)
    const result = await account(words).finally(() =>
      store.exec(`ALTER TABLE account RENAME COLUMN missing TO ${column}`),
    )
    expect(result).toMatchObject({ status: 70, out: '' })
    expect(result.err).toMatch(`sluice: the store failed, by a bug: `)
    expect(result.err).toMatch(column)
    expect(result.err).not.toMatch('account of this name')
    expect(await door.reader.account('erin')).toBeNull()
  })
})
