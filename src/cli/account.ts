import { loadSettings } from '../config/load-settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import type { AccountView } from '../store/protocol/access-views.ts'
import * as accounts from '../submission/change-account.ts'
import { rfc3339 } from '../time/clock.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm, type Forms } from './forms.ts'
import type { Io } from './io.ts'
import { printJson } from './print.ts'
import { readPassword } from './read-password.ts'
import { nothingChanged, withStore } from './store-connection.ts'
import { withReader } from './store-reader.ts'

export const usage = `usage: sluice account add NAME [--limit N|none] [--password-stdin]
       sluice account passwd NAME [--password-stdin]
       sluice account limit NAME N|none|default
       sluice account rm NAME
       sluice account list [--json]`

const forms = {
  add: ['NAME'],
  passwd: ['NAME'],
  limit: ['NAME', 'N|none|default'],
  rm: ['NAME'],
  list: [],
} as const satisfies Forms

const options = {
  limit: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `sluice account`: the logins of those who submit mail. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const { word, values: given } = readForm('account', forms, positionals, usage)
  const [name = '', limit = 'default'] = given
  const password = () =>
    values['password-stdin'] ? readPassword(io, `Password of ${name}: `) : Promise.resolve(null)
  switch (word) {
    case 'list':
      return list(io, values.json === true)
    case 'add': {
      const dailyRecipients = readLimit(values.limit ?? 'default')
      const chosen = await password()
      return change(io, `was added and ${describeLimit(dailyRecipients)}`, (store) =>
        accounts.addAccount(store, name, { password: chosen, dailyRecipients }),
      )
    }
    case 'passwd': {
      const chosen = await password()
      return change(io, 'has a new password', (store) =>
        accounts.changePassword(store, name, chosen),
      )
    }
    case 'limit': {
      const dailyRecipients = readLimit(limit)
      return change(io, describeLimit(dailyRecipients), (store) =>
        accounts.changeLimit(store, name, dailyRecipients),
      )
    }
    case 'rm':
      return change(io, 'was removed', (store) => accounts.removeAccount(store, name))
  }
})

type Change = Parameters<typeof withStore<accounts.AccountChange>>[1]

const refusals: Readonly<Record<accounts.AccountError, string>> = {
  'bad-name': 'a name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit',
  reserved: 'the name "demo" belongs to the first start on loopback; choose another',
  'bad-password': 'a password has 8 to 1024 characters',
  'account exists':
    'there is an account of this name; its password is changed by: sluice account passwd',
  'no such account': 'there is no such account; see: sluice account list',
}

async function change(io: Io, what: string, work: Change): Promise<number> {
  const result = await withStore(io, work)
  if (result.kind === 'unavailable') throw nothingChanged(result.cause)
  if (result.kind === 'fault') {
    throw new Complaint(exitStatus.fault, `the store failed, by a bug: ${result.fault}`)
  }
  if (result.kind === 'refused') throw new Complaint(exitStatus.no, refusals[result.why])
  io.err.write(`Account ${result.name} ${what}.\n`)
  if (result.password !== null) {
    io.err.write('Its password, shown this once:\n')
    io.out.write(`${result.password}\n`)
  }
  return exitStatus.ok
}

async function list(io: Io, json: boolean): Promise<number> {
  const found = await withReader(io, (reader) => reader.accounts())
  const usual = defaultLimit()
  if (json) for (const account of found) printJson(io.out, toJson(account, usual))
  else if (found.length === 0) io.out.write('There are no accounts.\n')
  else {
    const rows = found.map((account) => toRow(account, usual))
    io.out.write([row('NAME', 'DAILY LIMIT', 'CREATED'), ...rows].join(''))
  }
  return exitStatus.ok
}

/** The limit of accounts that have none of their own; null: the settings are invalid, so it is not known. */
function defaultLimit(): number | 'none' | null {
  try {
    return loadSettings().relay.dailyRecipients ?? 'none'
  } catch (error) {
    if (error instanceof SettingsError) return null
    throw error
  }
}

const toJson = (
  { name, dailyRecipients, createdAt }: AccountView,
  usual: ReturnType<typeof defaultLimit>,
) => ({
  name,
  daily_recipients: dailyRecipients ?? 'default',
  effective_daily_recipients: dailyRecipients ?? usual,
  created_at: rfc3339(createdAt),
})

function toRow(
  { name, dailyRecipients, createdAt }: AccountView,
  usual: ReturnType<typeof defaultLimit>,
): string {
  const known = usual === null ? 'default' : `${usual} (default)`
  return row(name, dailyRecipients === null ? known : String(dailyRecipients), rfc3339(createdAt))
}

const row = (name: string, limit: string, created: string): string =>
  `${name.padEnd(32)}  ${limit.padEnd(19)}  ${created}\n`

function describeLimit(dailyRecipients: number | 'none' | null): string {
  const limit = dailyRecipients ?? defaultLimit()
  const whose = dailyRecipients === null ? ', the default (relay.daily_recipients)' : ''
  if (limit === null) return 'has the default daily limit (relay.daily_recipients)'
  if (limit === 'none') return `has no daily limit${whose}`
  return `has a daily limit of ${limit} recipients${whose}`
}

function readLimit(text: string): number | 'none' | null {
  if (text === 'default') return null
  if (text === 'none') return text
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Complaint(
    exitStatus.usage,
    `invalid limit "${text}": use a number, 0 (nothing may be sent), none or default\n${usage}`,
  )
}
