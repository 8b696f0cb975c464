import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseApiKey } from '../../../src/accounts/api-key.ts'
import { verifyPassword } from '../../../src/accounts/password.ts'
import { ensureFirstRun } from '../../../src/app/first-run.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

interface Content {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

const never = new AbortController().signal

test('a first start makes a login without limit and a key that work, known to their owner only', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { store, client, reader } = await runTestStore(folder.path)
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)

  expect(statSync(paths.firstRunFile).mode & 0o777).toBe(0o600)
  const made = JSON.parse(readFileSync(paths.firstRunFile, 'utf8')) as Content
  expect(made).toEqual({
    submission: { account: 'demo', password: expect.stringMatching(/^\S{20,}$/) as string },
    api: { url: 'http://127.0.0.1:1', key: expect.stringMatching(/^sk_/) as string },
  })
  const account = reader.account('demo')
  expect(account?.dailyRecipients).toBe('none')
  expect(await verifyPassword(made.submission.password, account?.passwordHash ?? '')).toBe(true)
  const presented = parseApiKey(made.api.key)
  expect(reader.apiKey(presented?.id ?? '')?.secretHash).toBe(presented?.secretHash)

  reader.close()
  client.close()
  await store.close()
})

test('a later start keeps login and key, and brings the address up to date', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const known = {
    submission: { account: 'demo', password: 'p' },
    api: { url: 'http://old', key: 'k' },
  }
  writeFileSync(paths.firstRunFile, JSON.stringify(known))
  await ensureFirstRun(paths, 'http://new', never)
  const kept = JSON.parse(readFileSync(paths.firstRunFile, 'utf8')) as Content
  expect(kept).toEqual({ ...known, api: { url: 'http://new', key: 'k' } })
})

test('a first start that was cut off, or whose file was lost, makes them anew', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { store, client, reader } = await runTestStore(folder.path)
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
  const before = reader.account('demo')?.passwordHash
  writeFileSync(paths.firstRunFile, '{"submission":')
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
  const made = JSON.parse(readFileSync(paths.firstRunFile, 'utf8')) as Content
  const after = reader.account('demo')?.passwordHash ?? ''
  expect(after).not.toBe(before)
  expect(await verifyPassword(made.submission.password, after)).toBe(true)

  reader.close()
  client.close()
  await store.close()
})
