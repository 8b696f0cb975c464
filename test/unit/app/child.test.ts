import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Child, type ChildEvents, type ChildPlan } from '../../../src/app/child.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { eventually } from '../../kit/facts.ts'
import { isAlive } from '../../kit/relay-process.ts'

/** A child of this script, what it said and which processes it was. */
function start(script: string, events: Partial<ChildEvents> = {}) {
  const plan = (): ChildPlan => ({
    command: process.execPath,
    args: ['-e', script],
    env: process.env,
    speaks: true,
  })
  const pids: number[] = []
  const said: string[] = []
  const child = new Child(plan, {
    onStart: (pid) => pids.push(pid),
    onReport: (report) => said.push(report.kind),
    onOutput: () => undefined,
    onSilence: () => undefined,
    onAlarm: (bytes) => said.push(bytes.toString().trim()),
    onDeath: () => 10,
    ...events,
  })
  return { child, pids, said }
}

const lives = 'process.send({kind:"ready",ports:{},trouble:null}); setInterval(() => {}, 1e6);'

test('a child that is killed comes back as another process, until it is stopped', async () => {
  const deaths: string[] = []
  const { child, pids, said } = start(lives, {
    onDeath: (status) => {
      deaths.push(status)
      return 10
    },
  })
  const ready = (count: number) => () => said.length === count || undefined
  await eventually('ready', ready(1))
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await eventually('ready again', ready(2))
  expect(deaths).toEqual(['SIGKILL'])
  expect(new Set(pids).size).toBe(2)
  await child.stop(10_000)
  expect(pids.filter(isAlive)).toEqual([])
  expect(deaths).toHaveLength(1)
})

test('a child that does not end when told is killed at its deadline', async () => {
  const { child, pids, said } = start(`process.on("SIGTERM", () => {}); ${lives}`)
  await eventually('ready', () => said.length === 1 || undefined)
  await child.stop(10)
  expect(pids.filter(isAlive)).toEqual([])
})

test('what it says on stderr is heard, and a death that nobody minds is the last', async () => {
  const died = Promise.withResolvers<string>()
  const { child, pids, said } = start('console.error("alas"); process.exitCode = 3', {
    onDeath: (status) => {
      died.resolve(status)
      return null
    },
  })
  expect(await died.promise).toBe('status 3')
  await eventually('its words', () => said.includes('alas') || undefined)
  await child.stop(10_000)
  expect(pids).toHaveLength(1)
})

test('a program that is not there counts as a death, once', async () => {
  using folder = tempFolder()
  const deaths: string[] = []
  const died = Promise.withResolvers<undefined>()
  const plan = (): ChildPlan => ({
    command: join(folder.path, 'none'),
    args: [],
    env: {},
    speaks: false,
  })
  const child = new Child(plan, {
    onStart: () => deaths.push('started'),
    onReport: () => undefined,
    onOutput: () => undefined,
    onSilence: () => undefined,
    onAlarm: () => undefined,
    onDeath: (status) => {
      deaths.push(status)
      died.resolve(undefined)
      return null
    },
  })
  await died.promise
  await child.stop(1000)
  expect(deaths).toEqual([expect.stringMatching(/ENOENT/)])
})

test('that the system gives no process at all counts as a death, and is tried again', async () => {
  const deaths: string[] = []
  const plan = (): ChildPlan => ({
    command: process.execPath,
    // A single word of a command line may have 128 KiB (MAX_ARG_STRLEN).
    args: ['x'.repeat(deaths.length === 0 ? 200 * 1024 : 1)],
    env: {},
    speaks: false,
  })
  const died = Promise.withResolvers<undefined>()
  const child = new Child(plan, {
    onStart: () => undefined,
    onReport: () => undefined,
    onOutput: () => undefined,
    onSilence: () => undefined,
    onAlarm: () => undefined,
    onDeath: (status) => {
      if (deaths.push(status) === 2) died.resolve(undefined)
      return deaths.length < 2 ? 10 : null
    },
  })
  await died.promise
  await child.stop(1000)
  expect(deaths).toEqual([expect.stringMatching(/E2BIG/), 'status 1'])
})
