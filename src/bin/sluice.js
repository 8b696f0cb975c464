#!/usr/bin/env node
// The door for people: `npm start`, `npx sluice <verb>`. It is plain JavaScript that any Node from 18 up can run, sees
// that what Sluice needs is there (inside this folder; nothing on the machine is changed), and hands over to the real
// program. `setup` does no more than that; `exec <command>` runs any command in the same surroundings, as the npm scripts do.
import { join } from 'node:path'
import { ensureCompiled } from './setup/compile.js'
import { enter } from './setup/enter.js'
import { ensureModules } from './setup/modules.js'
import { ensureNode, removeOldNodes } from './setup/node.js'
import { elapsedMs, projectRoot, say, SetupProblem } from './setup/project.js'
import { ensureRedis } from './setup/redis.js'
import { asksForHelp, ownHelp, wrongUsage } from './setup/usage.js'

const [verb = 'help', ...rest] = process.argv.slice(2)
// The signal that starts a relay again must not end one that is not there yet.
if (verb === 'start') process.on('SIGUSR2', () => undefined)

function carryOut() {
  const isStart = verb === 'start' && !asksForHelp(verb, rest)
  const node = ensureNode()
  ensureModules(node, { withTools: verb === 'exec' })
  if (isStart || verb === 'setup' || verb === 'exec') ensureRedis()
  if (isStart || verb === 'setup') ensureCompiled(node)
  if (isStart || verb === 'setup') removeOldNodes()
  // The time that a start tells counts from the command on.
  if (isStart) process.env.SLUICE_SETUP_MS = String(Math.round(elapsedMs()))
  if (verb === 'setup') say('all that a start needs is there.')
  else if (verb === 'exec') enter(node, rest)
  else enter(node, [node, join(projectRoot, 'src', 'bin', 'main.ts'), verb, ...rest])
}

const help = ownHelp(verb, rest)
const wrong = wrongUsage(verb, rest)
try {
  if (help !== null) process.stdout.write(help)
  else if (wrong === null) carryOut()
  else {
    process.stderr.write(`sluice: ${wrong}\n`)
    process.exitCode = 64 // EX_USAGE of sysexits.h
  }
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error
  process.stderr.write(`sluice: ${error.message}\n`)
  process.exitCode = 69 // EX_UNAVAILABLE
}
