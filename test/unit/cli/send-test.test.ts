import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/send-test.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { alice, openFrontDoor, type FrontDoor } from '../smtp/front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
  for (const [name, value] of Object.entries(door.variables)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await door.close()
})

async function sendTest(...args: string[]) {
  let out = ''
  let err = ''
  const status = await run(args, {
    in: process.stdin,
    out: { write: (text) => (out += String(text)) },
    err: { write: (text) => (err += String(text)) },
  })
  return { status, out, err }
}

test('without a relay, and without a login of a first start, one line says what to do', async () => {
  const { runFile } = dataPaths(door.settings.dataDir)
  expect(await sendTest('u@example.org')).toMatchObject({
    status: 69,
    err: expect.stringMatching(/no relay runs/) as string,
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
  const { message, bytes } = door.stored(out)
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
