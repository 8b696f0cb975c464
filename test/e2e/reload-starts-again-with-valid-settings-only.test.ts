import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import type { ProcessName } from '../kit/relay-process.ts'
import { startRelay, type Relay } from '../kit/relay.ts'

function changeSettings(relay: Relay, from: string, to: string): void {
  const text = readFileSync(relay.settingsFile, 'utf8')
  expect(text).toContain(from)
  writeFileSync(relay.settingsFile, text.replace(from, to))
}

async function submitOne(relay: Relay): Promise<void> {
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
}

const banner = async (relay: Relay): Promise<string> => {
  await using client = await relay.connect()
  return await client.expect(/^220 /)
}

test('SIGUSR2 starts the relay again with changed settings, under its process id; where they are not valid it says so and nothing ends', async () => {
  await using relay = await startRelay()
  const { pid, processes } = relay.run
  const hostname = 'hostname = "relay.test"'

  changeSettings(relay, hostname, 'hostname = "no host name"')
  process.kill(pid, 'SIGUSR2')
  await eventually(
    'the word about the settings',
    () => /goes on with the settings that it has.*\n.*hostname/.test(relay.output) || undefined,
  )
  expect(relay.run.processes).toEqual(processes)
  expect(await banner(relay)).toMatch(/^220 relay\.test /)

  changeSettings(relay, 'hostname = "no host name"', 'hostname = "other.test"')
  await submitOne(relay)
  process.kill(pid, 'SIGUSR2')
  await eventually('a relay that is ready again', () =>
    isOther(relay, processes.smtp) ? true : undefined,
  )
  expect(relay.run.pid).toBe(pid)
  expect(await banner(relay)).toMatch(/^220 other\.test /)
  await relay.until({ delivered: 1 })
  expect(await relay.stop()).toMatchObject({ code: 0 })
})

/** run.json names fewer and fewer processes as they end, and is gone while nothing runs. */
function isOther(relay: Relay, before: number): boolean {
  try {
    const { smtp } = relay.run.processes as Partial<Record<ProcessName, number>>
    return smtp !== undefined && smtp !== before
  } catch {
    return false
  }
}
