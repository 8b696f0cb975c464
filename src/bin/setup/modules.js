import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findProgram, projectRoot, say, SetupProblem } from './project.js'
import { surroundings } from './enter.js'

const modules = join(projectRoot, 'node_modules')
const lockFile = join(projectRoot, 'package-lock.json')
/** npm writes it last: it is there only after an install that came to its end. */
const installed = join(modules, '.package-lock.json')
const stamp = join(modules, '.sluice-lock')
const bin = join(modules, '.bin', 'sluice')

/** Sees that node_modules is what package-lock.json says; installs it where it is missing, cut off or outdated. */
export function ensureModules(node) {
  if (!isCurrent()) {
    install(node)
    writeFileSync(stamp, lockHash())
  }
  ensureBin()
}

/** Newer than the lock file (somebody ran npm), or installed from a lock file of this very content (git touched it). */
function isCurrent() {
  const installedAt = modifiedAt(installed)
  if (installedAt === null) return false
  const lockedAt = modifiedAt(lockFile)
  return lockedAt === null || installedAt >= lockedAt || readStamp() === lockHash()
}

function install(node) {
  const npm = findProgram('npm')
  if (npm === null) throw new SetupProblem('npm is missing. Type: sudo apt-get install npm')
  say('installing what package-lock.json lists (npm ci), a minute or two …')
  // No package here needs its install script: native parts come ready-made, the others are optional.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(npm, args, {
    cwd: projectRoot,
    env: surroundings(node),
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new SetupProblem('npm ci failed. Its words are above; type: npm ci')
}

/** `npx sluice` looks for this link first; npm makes none for a project's own programs. */
function ensureBin() {
  if (modifiedAt(bin) !== null) return
  mkdirSync(dirname(bin), { recursive: true })
  rmSync(bin, { force: true })
  symlinkSync(join('..', '..', 'src', 'bin', 'sluice.js'), bin)
}

const lockHash = () => createHash('sha256').update(readFileSync(lockFile)).digest('hex')

function readStamp() {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return null
  }
}

const modifiedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null
