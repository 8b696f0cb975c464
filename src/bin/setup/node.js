import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensure } from './ensure.js'
import { pinOf } from './pinned.js'
import {
  findProgram,
  inDraftFolder,
  isProgram,
  lastLine,
  projectRoot,
  runProgram,
  SetupProblem,
  timed,
  toolsFolder,
} from './project.js'

/** The first with a SQLite that does not lose what two connections write to the log at once (sqlite.org/wal.html). */
const wantedNode = '24.15.0'
/** A Node that is built on the machine's SQLite can be newer than that one. */
const wantedSqlite = '3.51.3'
const fetchedVersion = '24.21.0'
const architectures = ['x64', 'arm64']
/** A release that wants another version fetches it beside the one that a running relay still needs. */
const ownFolder = `node-${fetchedVersion}`

/** The path of a Node that runs Sluice: this one, or one of our own, fetched from the npm registry where it is missing. */
export function ensureNode() {
  if (runsSluice(process.versions)) return process.execPath
  const own = join(toolsFolder, ownFolder, 'node')
  ensure(() => isProgram(own), fetchNode)
  return own
}

/** Removes the Nodes of earlier releases from which nothing runs any more. */
export function removeOldNodes() {
  try {
    const names = readdirSync(toolsFolder).filter((name) => /^node(-|$)/.test(name))
    const old = names.filter((name) => name !== ownFolder).map((name) => join(toolsFolder, name))
    if (old.length === 0) return
    const running = commandLines()
    for (const folder of old) {
      if (!running.some((line) => line.includes(`${folder}/`))) rmSync(folder, { recursive: true })
    }
  } catch {
    // A project folder that may not be written to: it costs disk space only.
  }
}

/** Of each process, whoever's it is. */
const commandLines = () =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => readText(`/proc/${pid}/cmdline`))

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // it ended meanwhile
  }
}

/** Whether a Node of these versions (as in process.versions) is new enough. */
const runsSluice = ({ node, sqlite = '0' }) =>
  isAtLeast(node, wantedNode) && isAtLeast(sqlite, wantedSqlite)

/** Compares versions such as 24.15.0, number by number. */
function isAtLeast(version, wanted) {
  const [numbers, floor] = [version, wanted].map((text) => text.split('.').map(Number))
  const at = floor.findIndex((number, index) => numbers[index] !== number)
  return at === -1 || numbers[at] > floor[at]
}

function fetchNode() {
  if (process.platform !== 'linux' || !architectures.includes(process.arch)) throw tooOld()
  const npm = findProgram('npm')
  if (npm === null) throw new SetupProblem('npm is missing. Type: sudo apt-get install npm')
  timed(`${found()}; fetching Node ${fetchedVersion} into .tools (45 MB)`, () => unpackNode(npm))
}

function unpackNode(npm) {
  inDraftFolder((draft) => {
    const packed = `node-linux-${process.arch}@${fetchedVersion}`
    // From the project's folder, so that its .npmrc and the user's settings (registry, proxy) count.
    const pack = ['pack', packed, '--pack-destination', draft, '--silent']
    mustRun(npm, pack, { cwd: projectRoot })
    const archive = readdirSync(draft).find((name) => name.endsWith('.tgz'))
    if (archive === undefined) throw tooOld()
    if (pinOf(join(draft, archive)) !== 'right')
      throw tooOld(`${archive} is not the file that this release of Sluice names`)
    mustRun('tar', ['-xzf', join(draft, archive), '-C', draft, 'package/bin/node'])
    const unpacked = join(draft, 'package', 'bin')
    chmodSync(join(unpacked, 'node'), 0o755)
    mustRun(join(unpacked, 'node'), ['--version'])
    mkdirSync(toolsFolder, { recursive: true })
    const folder = join(toolsFolder, ownFolder)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unpacked, folder)
  })
}

function mustRun(command, args, options) {
  const { ok, text } = runProgram(command, args, options)
  if (!ok) throw tooOld(`${command} ${args[0]}: ${lastLine(text)}`)
}

function found() {
  const { node, sqlite } = process.versions
  return `this Node is ${node}${sqlite ? ` with SQLite ${sqlite}` : ''}`
}

const tooOld = (why) =>
  new SetupProblem(
    `Node ${wantedNode} or newer is needed, with SQLite ${wantedSqlite} or newer; ${found()}` +
      `${why ? `, and fetching it failed (${why})` : ''}. Install it from https://nodejs.org/en/download and try again.`,
  )
