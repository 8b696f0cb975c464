import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { isAlive } from '../kit/relay-process.ts'

test('status tells what runs and whether it is ready, and stop ends it in order', async () => {
  await using relay = await startRelay()
  const { pid, processes } = relay.run
  const said = await relay.cli(['status', '--json'])
  expect(said.code).toBe(0)
  const ready = { status: 'ok', route: 'sandbox', data_dir: relay.dataDir, pid, processes }
  expect(JSON.parse(said.output)).toMatchObject(ready)

  relay.kill('redis', 'SIGSTOP')
  const degraded = await eventually('the word that Redis is away', async () => {
    const status = await relay.cli(['status'])
    return status.code === 1 ? status : undefined
  })
  relay.kill('redis', 'SIGCONT')
  expect(degraded.output).toMatch(/State +degraded: .*Redis/)
  expect(degraded.output).toContain(`, store ${processes.store}, `)

  const stopped = await relay.cli(['stop'])
  expect(stopped).toMatchObject({ code: 0, output: expect.stringContaining(`${pid}`) as string })
  expect(isAlive(pid)).toBe(false)
  await eventually('the last words', () => relay.output.endsWith('Stopping …\n') || undefined)
  expect(await relay.cli(['stop'])).toMatchObject({ code: 69 })
  expect(await relay.cli(['status'])).toMatchObject({ code: 69 })
})
