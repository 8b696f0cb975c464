import { sep } from 'node:path'
import { SettingsError } from './settings-error.ts'

const noRoom = new Set(['ENOSPC', 'EDQUOT'])
/** What a person has to see to; that there are too few file descriptors, say, passes by itself. */
const lasting = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST'])

/** The one thing wrong with a data folder that passes without a hand on the settings or the folder. */
export class FullDisk extends SettingsError {
  override name = 'FullDisk'
}

/** A fault with a file of the data folder as what is wrong with the folder; any other fault as it is. */
export function asFolderFault(error: unknown, dataDir: string): unknown {
  const { code = '', path } = error as NodeJS.ErrnoException
  // A write that finds no room names no file, and all that is written lies in the data folder.
  if (noRoom.has(code)) {
    const problem = `the disk of ${dataDir} is full (${code})`
    return new FullDisk([{ key: 'data_dir', problem, mend: 'make room there' }])
  }
  const isInside = path === dataDir || path?.startsWith(dataDir + sep) === true
  return isInside && lasting.has(code) ? unusable(path, code) : error
}

/** A file or folder that this user can't use as is needed. */
export const unusable = (path: string, why: string): SettingsError =>
  folderError(
    `${path} can't be written to (${why})`,
    'name a folder that this user may write to, or give it to this user (chown)',
  )

export const folderError = (problem: string, mend: string): SettingsError =>
  new SettingsError([{ key: 'data_dir', problem, mend }])
