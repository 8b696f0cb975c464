import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { surroundings } from './enter.js'
import { ensure } from './ensure.js'
import { findProgram, mortal, projectRoot, SetupProblem, timed } from './project.js'

const modules = join(projectRoot, 'node_modules')
const bin = join(modules, '.bin', 'sluice')
/** npm writes down here what it has installed, last of all: after an install that was cut off it is missing or old. */
const installedFile = join(modules, '.package-lock.json')

/** Sees that node_modules holds what package-lock.json says. `withTools`: also what only development needs. */
export function ensureModules(node, { withTools }) {
  ensure(
    () => holdsAll(withTools),
    (lock) => install(node, lock, withTools || hasTools()),
  )
  ensure(() => lstatSync(bin, { throwIfNoEntry: false }) !== undefined, linkBin)
}

function holdsAll(withTools) {
  const wanted = readPackages(join(projectRoot, 'package-lock.json'))
  const installed = readPackages(installedFile)
  if (!wanted || !installed) return false
  return Object.entries(wanted).every(([path, { version, ...kind }]) => {
    if (path === '') return true
    if (installed[path] === undefined) return isDispensable(kind, withTools)
    return installed[path].version === version && existsSync(join(projectRoot, path))
  })
}

/** Whether somebody develops here: what he has is not taken away. */
const hasTools = () => Object.values(readPackages(installedFile) ?? {}).some(({ dev }) => dev)

/** What is optional is for other machines, or nice to have. */
const isDispensable = ({ optional, devOptional, dev }, withTools) =>
  optional || devOptional || (dev && !withTools)

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/** The first time from nothing; later only what differs is changed, since a relay may be running on the rest. */
function install(node, lock, withTools) {
  const npm = findProgram('npm')
  if (npm === null) throw new SetupProblem('npm is missing. Type: sudo apt-get install npm')
  const how = existsSync(installedFile) ? ['install', '--no-save'] : ['ci']
  const size = withTools ? '110 MB, with the tools of development' : '30 MB'
  // npm itself fails with ENOTEMPTY on some of what an install that was cut off left behind.
  if (how[0] === 'ci') rmSync(modules, { recursive: true, force: true })
  // No package here needs its install script: native parts come ready-made, the others are optional.
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const only = withTools ? [] : ['--omit=dev']
  const [command, ...args] = mortal([npm, ...how, ...only, ...quietly])
  timed(`installing what package-lock.json lists (npm ${how[0]}, ${size})`, () => {
    const { status } = spawnSync(command, args, {
      cwd: projectRoot,
      env: surroundings(node),
      stdio: ['ignore', 2, 2, lock],
    })
    if (status !== 0)
      throw new SetupProblem(
        `npm ${how[0]} failed. Its words are above; type: npm ci${only.map((flag) => ` ${flag}`).join('')}`,
      )
  })
}

/** `npx sluice` looks for this link first; npm makes none for a project's own programs. */
function linkBin() {
  mkdirSync(dirname(bin), { recursive: true })
  symlinkSync(join('..', '..', 'src', 'bin', 'sluice.js'), bin)
}
