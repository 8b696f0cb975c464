import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensure } from './ensure.js'
import {
  findProgram,
  inDraftFolder,
  isProgram,
  lastLine,
  projectRoot,
  runProgram,
  say,
  SetupProblem,
  toolsFolder,
} from './project.js'

const wantedMajor = 24
const fetchedVersion = '24.21.0'
const architectures = ['x64', 'arm64']
const nodeFolder = join(toolsFolder, 'node')

/** The path of a Node that runs Sluice: this one, or one of our own, fetched from the npm registry where it is missing. */
export function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return process.execPath
  const own = join(nodeFolder, 'node')
  ensure(() => isProgram(own), fetchNode)
  return own
}

function fetchNode() {
  if (process.platform !== 'linux' || !architectures.includes(process.arch)) throw tooOld()
  const npm = findProgram('npm')
  if (npm === null) throw new SetupProblem('npm is missing. Type: sudo apt-get install npm')
  say(`Node is ${process.versions.node}; fetching Node ${fetchedVersion} into .tools (45 MB) …`)
  inDraftFolder((draft) => {
    const packed = `node-linux-${process.arch}@${fetchedVersion}`
    // From the project's folder, so that its .npmrc and the user's settings (registry, proxy) count.
    const pack = ['pack', packed, '--pack-destination', draft, '--silent']
    mustRun(npm, pack, { cwd: projectRoot })
    const archive = readdirSync(draft).find((name) => name.endsWith('.tgz'))
    if (archive === undefined) throw tooOld()
    mustRun('tar', ['-xzf', join(draft, archive), '-C', draft, 'package/bin/node'])
    const unpacked = join(draft, 'package', 'bin')
    chmodSync(join(unpacked, 'node'), 0o755)
    mustRun(join(unpacked, 'node'), ['--version'])
    mkdirSync(toolsFolder, { recursive: true })
    rmSync(nodeFolder, { recursive: true, force: true })
    renameSync(unpacked, nodeFolder)
  })
}

function mustRun(command, args, options) {
  const { ok, text } = runProgram(command, args, options)
  if (!ok) throw tooOld(`${command} ${args[0]}: ${lastLine(text)}`)
}

const tooOld = (why) =>
  new SetupProblem(
    `Node ${wantedMajor} or newer is needed, this is ${process.versions.node}` +
      `${why ? `, and fetching it failed (${why})` : ''}. Install it from https://nodejs.org/en/download and try again.`,
  )
