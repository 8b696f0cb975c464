import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asFolderFault, folderError, unusable } from './folder-fault.ts'
import { dataPaths, type DataPaths } from './paths.ts'
import { SettingsError } from './settings-error.ts'

/** The kernel's bound on the path of a unix socket (sun_path, with its final NUL). */
const longestSocketPath = 107

/** Checks what a start would find wrong with its data folder, without changing anything. Throws SettingsError. */
export function checkDataFolder(dataDir: string): void {
  const paths = dataPaths(dataDir)
  if (Buffer.byteLength(paths.redisSocket) > longestSocketPath) {
    throw folderError(`${dataDir} is too long a path for the sockets in it`, 'name a shorter one')
  }
  try {
    mustTakeFiles(nearestThere(dataDir), dataDir)
    for (const name of folders) mustBeOurs(paths[name], asFolder)
    for (const file of writtenInPlace(paths)) mustBeOurs(file, constants.R_OK | constants.W_OK)
    mustBePrivate(dataDir)
  } catch (error) {
    const fault = asFolderFault(error, dataDir)
    if (fault instanceof SettingsError) throw fault
    throw unusable(dataDir, (error as NodeJS.ErrnoException).code ?? String(error))
  }
}

const asFolder = constants.R_OK | constants.W_OK | constants.X_OK
const folders = ['redisDir', 'harakaDir', 'tlsDir', 'logDir'] as const

/** All other files are replaced as a whole. */
const writtenInPlace = ({ database, ...paths }: DataPaths): string[] => [
  ...['', '-wal', '-shm'].map((suffix) => database + suffix),
  ...[paths.ballast, paths.relayLock, paths.storeLock, paths.deliveryLock],
  ...logsIn(paths.logDir),
]

/** A log that can't be written does not stop a process later, so it is reported at the start. */
const logsIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.log'))
        .map((name) => join(folder, name))
    : []

/** The folder itself, or the nearest folder above it that exists. */
const nearestThere = (path: string): string =>
  existsSync(path) ? path : nearestThere(dirname(path))

function mustTakeFiles(folder: string, dataDir: string): void {
  if (!statSync(folder).isDirectory()) {
    throw unusable(dataDir, folder === dataDir ? 'EEXIST' : 'ENOTDIR')
  }
  accessSync(folder, folder === dataDir ? asFolder : constants.W_OK | constants.X_OK)
}

/** It holds other people's mail, and the sockets in it take commands. */
function mustBePrivate(dataDir: string): void {
  const mode = statSync(dataDir, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o027) === 0) return
  throw folderError(
    `${dataDir} is open to other users of this machine`,
    `type: chmod o=,g-w ${dataDir}`,
  )
}

/** A file or folder that is missing is made later. */
function mustBeOurs(path: string, mode: number): void {
  if (existsSync(path)) accessSync(path, mode)
}
