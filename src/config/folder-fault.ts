import { constants } from 'node:os'
import { sep } from 'node:path'
import { SettingsError } from './settings-error.ts'

/** Errors that a person has to fix. Others, such as too few file descriptors, pass by themselves. */
const lasting = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST'])

/** A full disk: the one problem of a data folder that is solved without a change of the settings or the folder. */
export class FullDisk extends SettingsError {
  override name = 'FullDisk'
}

/** Whether the disk is full or a quota on it is used up. Node has no code for a used-up quota. */
export const hasFoundNoRoom = ({ code, errno }: NodeJS.ErrnoException): boolean =>
  code === 'ENOSPC' || errno === -constants.errno.EDQUOT

/** Turns an error with a file of the data folder into a problem of the folder; returns any other error as it is. */
export function asFolderFault(error: unknown, dataDir: string): unknown {
  const fault = error as NodeJS.ErrnoException
  const { code = '', path } = fault
  // A write that finds no room names no file, and all that is written lies in the data folder.
  if (hasFoundNoRoom(fault)) {
    const problem = `the disk of ${dataDir} is full (${code === 'ENOSPC' ? code : 'EDQUOT'})`
    return new FullDisk([{ key: 'data_dir', problem, mend: 'make room there' }])
  }
  const isInside = path === dataDir || path?.startsWith(dataDir + sep) === true
  return isInside && lasting.has(code) ? unusable(path, code) : error
}

/** A file or folder that this user can't use. */
export const unusable = (path: string, why: string): SettingsError =>
  folderError(
    `${path} can't be written to (${why})`,
    'name a folder that this user may write to, or give it to this user (chown)',
  )

export const folderError = (problem: string, mend: string): SettingsError =>
  new SettingsError([{ key: 'data_dir', problem, mend }])
