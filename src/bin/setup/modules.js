import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { surroundings } from './enter.js'
import { findProgram, projectRoot, say, SetupProblem } from './project.js'

const modules = join(projectRoot, 'node_modules')
const bin = join(modules, '.bin', 'sluice')
/** npm writes down here what it has installed, last of all: after an install that was cut off it is missing or old. */
const installedFile = join(modules, '.package-lock.json')

/**
 * Sees that node_modules holds what package-lock.json says. `withTools`: also what only development needs; a relay that
 * was installed without it starts as it is.
 */
export function ensureModules(node, { withTools }) {
  const wanted = readPackages(join(projectRoot, 'package-lock.json'))
  const installed = readPackages(installedFile)
  if (!installed || !wanted || !holdsAll(installed, wanted, withTools)) install(node, installed)
  ensureBin()
}

/** What is optional is for other machines, or nice to have. */
const holdsAll = (installed, wanted, withTools) =>
  Object.entries(wanted).every(([path, { version, optional, devOptional, dev }]) => {
    if (path === '' || installed[path]?.version === version) return true
    const dispensable = optional || devOptional || (dev && !withTools)
    return installed[path] === undefined && dispensable
  })

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/** The first time from nothing; later only what differs is changed, since a relay may be running on the rest. */
function install(node, installed) {
  const npm = findProgram('npm')
  if (npm === null) throw new SetupProblem('npm is missing. Type: sudo apt-get install npm')
  const how = installed ? ['install', '--no-save'] : ['ci']
  say(`installing what package-lock.json lists (npm ${how[0]}), a minute or two …`)
  // No package here needs its install script: native parts come ready-made, the others are optional.
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(npm, [...how, ...quietly], {
    cwd: projectRoot,
    env: surroundings(node),
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    throw new SetupProblem(`npm ${how[0]} failed. Its words are above; type: npm ci`)
  }
}

/** `npx sluice` looks for this link first; npm makes none for a project's own programs. */
function ensureBin() {
  if (lstatSync(bin, { throwIfNoEntry: false })) return
  mkdirSync(dirname(bin), { recursive: true })
  symlinkSync(join('..', '..', 'src', 'bin', 'sluice.js'), bin)
}
