/** What the benchmark needs of the machine, asked before anything is started. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import type { BenchOptions } from './options.ts'
import { masterTemplate } from './sides/postfix.ts'

/** sysexits.h, as everywhere in Sluice. */
export const exitUsage = 64
const exitUnavailable = 69
const exitNoPermission = 77
const exitConfig = 78

export interface Lack {
  exitCode: number
  /** One line: what is missing and how to mend it. */
  text: string
}

/** File systems in memory, from their magic numbers (man 2 statfs): nothing that is written there reaches a disk. */
const inMemory: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
])

/** `path`: where programs are looked for, as in the variable of that name. */
export function firstLack(
  options: Pick<BenchOptions, 'sides' | 'folder' | 'before'>,
  path = process.env['PATH'] ?? '',
): Lack | null {
  const lack = folderLack(options.folder)
  if (lack) return lack
  if (options.before !== null && !isInstalled(options.before)) {
    return {
      exitCode: exitConfig,
      text: `--before: ${options.before} is no checkout of Sluice with its packages; make one with: git worktree add DIR COMMIT && cd DIR && npm ci`,
    }
  }
  // smtp-source and smtp-sink come with Postfix, so it is needed even where it is no side.
  const tools = ['smtp-source', 'smtp-sink', 'postfix', 'postconf']
  if (!tools.every((program) => isOnPath(program, path)) || !existsSync(masterTemplate)) {
    return {
      exitCode: exitUnavailable,
      text: 'Postfix is missing; install it with: sudo apt-get install --no-install-recommends postfix (it need not run)',
    }
  }
  if (options.sides.some((side) => side.startsWith('postfix')) && process.getuid?.() !== 0) {
    return {
      exitCode: exitNoPermission,
      text: 'Postfix starts only as root: sudo npm run bench, or leave it out with --sides sluice,haraka',
    }
  }
  return null
}

/** What is wrong with the folder that everything is written to. */
export function folderLack(folder: string): Lack | null {
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    return { exitCode: exitConfig, text: `--folder: ${folder} can't be written; name one that can` }
  }
  const memory = inMemory.get(statfsSync(folder).type)
  if (memory === undefined) return null
  return {
    exitCode: exitConfig,
    text: `--folder: ${folder} lies in memory (${memory}), where an fsync costs nothing; name one on a disk`,
  }
}

const isInstalled = (root: string): boolean =>
  ['src/bin/sluice.js', 'node_modules'].every((path) => existsSync(`${root}/${path}`))

const isOnPath = (program: string, path: string): boolean =>
  path.split(':').some((folder) => existsSync(`${folder}/${program}`))
