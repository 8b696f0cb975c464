import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { spawnForTest } from '../../kit/child.ts'

const command = (script: string): [string, string[]] => [
  process.execPath,
  [
    '--input-type=module-typescript',
    '-e',
    `import { createLogger } from './src/log/logger.ts';\n${script}`,
  ],
]

/** What a process that logs this prints, on either stream. */
function logged(script: string): { out: Record<string, unknown>[]; err: string } {
  const { stdout, stderr } = spawnSync(...command(script), { cwd: projectRoot, encoding: 'utf8' })
  const out = stdout.split('\n').filter((line) => line !== '')
  return { out: out.map((line) => JSON.parse(line) as Record<string, unknown>), err: stderr }
}

test('each line is one JSON object with level, time in UTC, name, fields and message', () => {
  const { out, err } = logged("createLogger('info', 'smtp').info({ id: 'x', port: 25 }, 'ready')")
  expect(out).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      name: 'smtp',
      id: 'x',
      port: 25,
      msg: 'ready',
    },
  ])
  expect(err).toBe('')
})

test('what is below the level is not said', () => {
  const { out } = logged(
    "const log = createLogger('warn', 'x'); log.debug({}, 'a'); log.info({}, 'b'); log.warn({}, 'c')",
  )
  expect(out.map(({ msg }) => msg)).toEqual(['c'])
})

test('secrets are cut out, at the top and one level down', () => {
  const { out, err } = logged(
    `createLogger('info', 'x', { alarms: true }).warn({
       password: 'canary-1', secret: 'canary-2', token: 'canary-3', apiKey: 'canary-4',
       headers: { authorization: 'canary-5' }, body: { password: 'canary-6' },
     }, 'refused')`,
  )
  expect(out).toHaveLength(1)
  expect(JSON.stringify(out) + err).not.toContain('canary')
  expect(out[0]).toMatchObject({ password: '[cut out]', headers: { authorization: '[cut out]' } })
})

test('of an error, message, code, stack and cause are kept, and no other field, whatever it is logged as', () => {
  const { out } = logged(
    `const cause = new Error('why')
     const err = Object.assign(new Error('what', { cause }), { code: 'EX', command: ['AUTH', 'canary'] })
     createLogger('info', 'x').error({ err, late: err }, 'fault')`,
  )
  const described = { name: 'Error', message: 'what', code: 'EX', cause: { message: 'why' } }
  expect(out[0]).toMatchObject({ err: described, late: described })
  expect(JSON.stringify(out)).not.toContain('canary')
})

test('warnings and errors are said on stderr, too, where somebody listens', () => {
  const { out, err } = logged(
    "const log = createLogger('info', 'x', { alarms: true }); log.info({}, 'a'); log.warn({}, 'b'); log.error({}, 'c')",
  )
  expect(out.map(({ msg }) => msg)).toEqual(['a', 'b', 'c'])
  expect(err.match(/"msg":"."/g)).toEqual(['"msg":"b"', '"msg":"c"'])
})

const thousandAlarms = `
  const log = createLogger('info', 'x', { alarms: true })
  const alarm = { text: 'x'.repeat(1000) }
  for (let said = 0; said < 1000; said++) log.warn(alarm, 'said')
  process.exit(7)`

test('alarms to a supervisor that is gone hold up nothing, not even the end', async () => {
  const child = spawnForTest(
    ...command(`process.stdin.resume().on('end', () => { ${thousandAlarms} })`),
    {
      cwd: projectRoot,
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  )
  child.stderr.destroy()
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([7, null])
})

test('alarms to a supervisor that reads nothing hold up nothing', async () => {
  const child = spawnForTest(...command(thousandAlarms), {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  expect(await once(child, 'exit')).toEqual([7, null])
})
