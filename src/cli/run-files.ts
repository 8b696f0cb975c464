import { readFileSync } from 'node:fs'
import { dataPaths } from '../config/paths.ts'

/** What a relay that runs writes down about itself. */
interface Run {
  pid?: number
  api?: { url: string }[]
  submission?: { address: string; port: number; tls: 'starttls' | 'implicit' }[]
}

/** What a first start on loopback made for its owner. */
interface FirstRun {
  api?: { key: string }
  submission?: { account: string; password: string }
}

/** null: no relay runs on this data folder. */
export const readRun = (dataDir: string): Run | null =>
  readJson(dataPaths(dataDir).runFile) as Run | null

/** null: there was none, or it is not for this user. */
export const readFirstRun = (dataDir: string): FirstRun | null =>
  readJson(dataPaths(dataDir).firstRunFile) as FirstRun | null

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
