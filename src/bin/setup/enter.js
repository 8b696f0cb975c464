import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { findProgram, projectRoot, SetupProblem, toolsFolder } from './project.js'

/** The environment in which everything of ours runs: Node 24, the project's own programs, Redis, compiled code kept. */
export function surroundings(node) {
  const folders = [dirname(node), join(projectRoot, 'node_modules', '.bin'), process.env.PATH ?? '']
  return {
    ...process.env,
    PATH: [...new Set(folders.join(delimiter).split(delimiter))].join(delimiter),
    NODE_COMPILE_CACHE: join(toolsFolder, 'compile-cache'),
  }
}

/** Becomes the command where this Node can; else runs it as a child, with its signals and its exit status passed on. */
export function enter(node, [command, ...args]) {
  const env = surroundings(node)
  const program = command.includes('/') ? command : findProgram(command, env.PATH)
  if (program === null) throw new SetupProblem(`there is no program ${command}`)
  if (typeof process.execve === 'function') {
    process.removeAllListeners('warning') // execve is announced as experimental at each use
    process.execve(program, [command, ...args], env)
  }
  const child = spawn(program, args, { env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`sluice: ${command}: ${error.message}\n`)
    process.exitCode = 69
  })
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0)
  })
}
