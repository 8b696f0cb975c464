import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../../src/config/paths.ts'

/**
 * A project with the real launcher, a lock file and an npm that only writes down how it was called, and does what
 * `npm ci` leaves behind. Its PATH holds nothing but what the test puts there.
 */
export function project(root: string) {
  cpSync(join(projectRoot, 'src', 'bin'), join(root, 'src', 'bin'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(root, 'package-lock.json'), lockOf({ 'node_modules/a': { version: '1.0.0' } }))
  const path = join(root, 'path')
  const program = (name: string, script: string): void => {
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(path, name), 0o755)
  }
  program('npm', `echo "$@" >> '${root}/npm-calls'; ${installs}`)
  program('redis-server', 'echo Redis server v=7')
  const env = { PATH: path }
  const launcher = [join(root, 'src', 'bin', 'sluice.js')]
  return {
    program,
    env,
    launcher,
    run: (...args: string[]) =>
      spawnSync(process.execPath, [...launcher, ...args], { encoding: 'utf8', env, cwd: root }),
    npmCalls: (): string[] =>
      existsSync(join(root, 'npm-calls'))
        ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n')
        : [],
  }
}

const installs =
  '/bin/mkdir -p node_modules/a node_modules/tool node_modules/only-elsewhere && /bin/cp package-lock.json node_modules/.package-lock.json'
export const quietly = '--ignore-scripts --no-audit --no-fund --loglevel=error'

/** Where setup keeps the Node that it fetched. */
export const ownNode = (root: string): string =>
  join(root, '.tools', `node-${fetchedVersion}`, 'node')

export const fetchedVersion =
  /fetchedVersion = '(.*)'/.exec(
    readFileSync(join(projectRoot, 'src', 'bin', 'setup', 'node.js'), 'utf8'),
  )?.[1] ?? ''

export const lockOf = (packages: Record<string, object>): string =>
  JSON.stringify({ packages: { '': { version: '0' }, ...packages } })
