#!/usr/bin/env node
// The door for people: `npm start`, `npx sluice <verb>`. It is plain JavaScript that any Node from 18 up can run, sees
// that what Sluice needs is there (inside this folder; nothing on the machine is changed), and hands over to the real
// program. `exec <command>` runs any command in the same surroundings; the npm scripts use it.
import { join } from 'node:path'
import { ensureCompiled } from './setup/compile.js'
import { enter } from './setup/enter.js'
import { ensureModules } from './setup/modules.js'
import { ensureNode } from './setup/node.js'
import { projectRoot, SetupProblem } from './setup/project.js'
import { ensureRedis } from './setup/redis.js'

const [verb = 'help', ...rest] = process.argv.slice(2)
try {
  const node = ensureNode()
  ensureModules(node, { withTools: verb === 'exec' })
  if (verb === 'start' || verb === 'exec') ensureRedis()
  if (verb === 'start') ensureCompiled(node)
  if (verb === 'exec') enter(node, rest)
  else enter(node, [node, join(projectRoot, 'src', 'bin', 'main.ts'), verb, ...rest])
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error
  process.stderr.write(`sluice: ${error.message}\n`)
  process.exitCode = 69 // EX_UNAVAILABLE of sysexits.h
}
