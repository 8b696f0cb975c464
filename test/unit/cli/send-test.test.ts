import { writeFileSync } from 'node:fs'
import { afterAll, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/send-test.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { say } from './terminal.ts'
import { alice, doorForAllTests, type FrontDoor } from '../smtp/front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => {
  door = opened
  for (const [name, value] of Object.entries(door.variables)) vi.stubEnv(name, value)
})
afterAll(() => {
  vi.unstubAllEnvs()
})

const sendTest = (...args: string[]) => say(run, args)

test('without a relay, and without a login of a first start, one line says what to do', async () => {
  const { runFile } = dataPaths(door.settings.dataDir)
  expect(await sendTest('u@example.org')).toMatchObject({
    status: 69,
    err: expect.stringMatching(/no relay with a STARTTLS listener runs/) as string,
  })
  const submission = [{ address: '0.0.0.0', port: door.port('starttls'), tls: 'starttls' }]
  writeFileSync(runFile, JSON.stringify({ submission }))
  expect(await sendTest('u@example.org')).toMatchObject({
    status: 69,
    err: expect.stringMatching(/there is no login/) as string,
  })
})

test('a test mail goes in over STARTTLS with the login of the first start, and its id is shown', async () => {
  const { firstRunFile } = dataPaths(door.settings.dataDir)
  writeFileSync(firstRunFile, JSON.stringify({ submission: alice }))
  const { status, out } = await sendTest('u@example.org')
  expect(status).toBe(0)
  const { message, bytes } = await door.stored(out)
  expect(out).toContain(`npx sluice show ${message.id}`)
  expect(message).toMatchObject({ from: 'sluice@relay.test', subject: 'Test mail of Sluice' })
  expect(bytes.toString()).toContain(' with ESMTPSA id ')
})

test.each([[[]], [['a', 'b']], [['no address']], [['u@example.org', '--from', 'x y@z']]])(
  '%j is a wrong usage',
  async (args) => {
    expect(await sendTest(...args)).toMatchObject({ status: 64 })
  },
)

test('a refusal is shown as the relay says it', async () => {
  const { firstRunFile } = dataPaths(door.settings.dataDir)
  writeFileSync(firstRunFile, JSON.stringify({ submission: { ...alice, password: 'wrong' } }))
  expect(await sendTest('u@example.org')).toMatchObject({
    status: 69,
    err: 'sluice: the relay says: 535 5.7.8 authentication credentials invalid\n',
  })
})

test('as another account, with the password from stdin', async () => {
  const bob = { account: 'bob', password: 'a secret of his' }
  await door.putAccount(bob)
  const args = ['u@example.org', '--account', 'bob']
  const { out } = await say(run, args, { input: `${bob.password}\n` })
  expect((await door.stored(out)).message.submitter).toEqual({ kind: 'account', id: 'bob' })
  expect(await say(run, args)).toMatchObject({ status: 64 })
})

test('beyond loopback the login of the first start is not tried', async () => {
  vi.stubEnv('SLUICE_DELIVERY_ROUTE', 'smtp://192.0.2.1:25')
  expect(await sendTest('u@example.org')).toMatchObject({
    status: 69,
    err: expect.stringMatching(/^sluice: there is no login .*--account/) as string,
  })
})
