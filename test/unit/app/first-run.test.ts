import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { newApiKey, parseApiKey } from '../../../src/accounts/api-key.ts'
import { verifyPassword } from '../../../src/accounts/password.ts'
import { ensureFirstRun } from '../../../src/app/first-run.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

interface Content {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

const said: string[] = []
const never = { say: (line: string) => said.push(line), stop: new AbortController().signal }

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
  const account = await reader.account('demo')
  expect(account?.dailyRecipients).toBe('none')
  expect(await verifyPassword(made.submission.password, account?.passwordHash ?? '')).toBe(true)
  const presented = parseApiKey(made.api.key)
  expect((await reader.apiKey(presented?.id ?? ''))?.secretHash).toBe(presented?.secretHash)

  await reader.close()
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

test('a first start that was cut off is finished with the login and the key that it had written down', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { client, reader, close } = await runTestStore(folder.path)
  const begun = {
    submission: { account: 'demo', password: 'begun' },
    api: { key: newApiKey().secret },
  }
  writeFileSync(paths.firstRunDraft, JSON.stringify(begun))
  await client.send({ kind: 'put-account', name: 'demo', passwordHash: 'before', create: true })
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)

  const made = JSON.parse(readFileSync(paths.firstRunFile, 'utf8')) as Content
  expect(made).toMatchObject({ ...begun, api: { ...begun.api, url: 'http://127.0.0.1:1' } })
  expect(await verifyPassword('begun', (await reader.account('demo'))?.passwordHash ?? '')).toBe(
    true,
  )
  expect(await reader.apiKey(parseApiKey(made.api.key)?.id ?? '')).not.toBeNull()
  expect(existsSync(paths.firstRunDraft)).toBe(false)
  await close()
})

test('where the login is known and its file was taken away, all is left alone', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  const { reader, close } = await runTestStore(folder.path)
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
  const before = await reader.account('demo')
  rmSync(paths.firstRunFile)
  await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
  expect(await reader.account('demo')).toEqual(before)
  expect(existsSync(paths.firstRunFile)).toBe(false)
  const database = new DatabaseSync(paths.database, { readOnly: true })
  expect(database.prepare('SELECT count(*) AS keys FROM api_key').get()).toEqual({ keys: 1 })
  database.close()
  await close()
})

test.each([
  ['file', 'firstRunFile', ''],
  ['file', 'firstRunFile', '{"submission":'],
  ['draft', 'firstRunDraft', ''],
] as const)(
  'where the %s of a known login is broken, a start says so and makes a login and a key that work (%s: %j)',
  async (_, path, content) => {
    using folder = tempFolder()
    const paths = dataPaths(folder.path)
    const { reader, close } = await runTestStore(folder.path)
    await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
    rmSync(paths.firstRunFile)
    writeFileSync(paths[path], content)
    said.length = 0
    await ensureFirstRun(paths, 'http://127.0.0.1:1', never)
    expect(said).toEqual([expect.stringContaining(`${paths[path]} could not be read`)])
    const { submission, api } = JSON.parse(readFileSync(paths.firstRunFile, 'utf8')) as Content
    const hash = (await reader.account('demo'))?.passwordHash ?? ''
    expect(await verifyPassword(submission.password, hash)).toBe(true)
    expect(await reader.apiKey(parseApiKey(api.key)?.id ?? '')).not.toBeNull()
    expect(existsSync(paths.firstRunDraft)).toBe(false)
    await close()
  },
)
