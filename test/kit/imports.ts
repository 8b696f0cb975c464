import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's own folder. */
export const projectRoot = normalize(join(dirname(fileURLToPath(import.meta.url)), '../..'))

export interface SourceFile {
  /** Relative to the project, with `/`. */
  path: string
  text: string
}

export interface Import {
  file: string
  /** A path inside the project for relative targets, else the library as written. */
  target: string
}

/** All sources below the given folders of the project. */
export function sourcesOf(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name}`)
      .filter((path) => /\.(?:ts|js)$/.test(path))
      .sort()
      .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') })),
  )
}

const importPattern =
  /(?:^|\s)(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/gm

/** Every static import, re-export, dynamic import and require of a source. */
export function importsOf({ path, text }: SourceFile): Import[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const target = match[1] ?? match[2] ?? ''
    return { file: path, target: target.startsWith('.') ? join(dirname(path), target) : target }
  })
}
