import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { spawnForTest } from '../../kit/child.ts'
import { eventually } from '../../kit/facts.ts'
import { isAlive } from '../../kit/relay-process.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { lockOf, project } from './project.ts'

/** An npm that writes down its process id, and that it was called, and goes on once the file `go` is there. */
const slowNpm = `echo "$@" >> npm-calls; echo $$ > npm-pid; mkdir -p node_modules
while [ ! -e go ]; do sleep 0.02; done
mkdir -p node_modules/a; cp package-lock.json node_modules/.package-lock.json`

/** A project on the machine's own PATH, where npm waits for a word of the test. */
function slowProject(root: string) {
  const made = project(root)
  made.program('npm', slowNpm)
  rmSync(join(root, 'path', 'redis-server'))
  symlinkSync('/bin/true', join(root, 'path', 'redis-server'))
  const env = { PATH: `${made.env.PATH}:/usr/bin:/bin` }
  const start = () => {
    const child = spawnForTest(
      process.execPath,
      [...made.launcher, 'exec', process.execPath, '-p', '"up"'],
      {
        env,
        cwd: root,
      },
    )
    const said = { out: '', err: '' }
    child.stdout.on('data', (text: Buffer) => (said.out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (said.err += text.toString()))
    return { child, said, ended: once(child, 'close') }
  }
  const npmPid = (): Promise<number> =>
    eventually(
      'npm at work',
      () => Number(readFileSync(join(root, 'npm-pid'), 'utf8')) || undefined,
    )
  return { ...made, start, npmPid, go: () => writeFileSync(join(root, 'go'), '') }
}

const hasLock = spawnSync('flock', ['--version']).status === 0
const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0

test.skipIf(!hasLock)(
  'of two setups in one folder the second waits, says so, and installs nothing',
  async () => {
    using folder = tempFolder()
    const { start, npmPid, npmCalls, go } = slowProject(folder.path)
    const first = start()
    await npmPid()
    const second = start()
    await eventually(
      'the word of the second',
      () => /waiting for it/.test(second.said.err) || undefined,
    )
    expect(npmCalls()).toHaveLength(1)
    go()
    await Promise.all([first.ended, second.ended])
    expect(npmCalls()).toHaveLength(1)
    expect([first.said.out, second.said.out]).toEqual(['up\n', 'up\n'])
  },
)

test.skipIf(!hasLock || !hasSetpriv).each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'npm ends with a setup that %s ends, and the next setup begins anew, from nothing',
  async (signal) => {
    using folder = tempFolder()
    const { start, npmPid, npmCalls, go } = slowProject(folder.path)
    const first = start()
    const pid = await npmPid()
    const draft = join(folder.path, '.tools', 'draft-old')
    mkdirSync(draft)
    const leftover = join(folder.path, 'node_modules', 'leftover')
    mkdirSync(leftover, { recursive: true })
    first.child.kill(signal)
    await first.ended
    await eventually('the end of npm', () => !isAlive(pid) || undefined)
    go()
    const next = start()
    await next.ended
    expect(next.said.out).toBe('up\n')
    expect(npmCalls()).toHaveLength(2)
    expect(existsSync(leftover)).toBe(false)
    expect(existsSync(draft)).toBe(false)
  },
)

test('a folder that this user may not write to is named, with what its owner has to type', () => {
  using folder = tempFolder()
  const { run } = project(folder.path)
  writeFileSync(join(folder.path, '.tools'), 'in the way')
  writeFileSync(join(folder.path, 'package-lock.json'), lockOf({}))
  expect(run('mailq')).toMatchObject({
    status: 69,
    stderr: expect.stringMatching(/^sluice: .*npx sluice setup\n$/) as string,
  })
})
