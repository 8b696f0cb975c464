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

/**
 * Files that import each other in a circle, types included: each circle as the sorted paths of all that are on it
 * (Tarjan's strongly connected components).
 */
export function circlesOf(sources: readonly SourceFile[]): string[][] {
  const imports = new Map(
    sources.map((file) => [file.path, importsOf(file).map(({ target }) => target)]),
  )
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (path: string): void => {
    order.set(path, order.size)
    lowest.set(path, order.size - 1)
    stack.push(path)
    for (const target of imports.get(path) ?? []) {
      if (!imports.has(target)) continue
      if (!order.has(target)) visit(target)
      // What is not on the stack any more belongs to another component.
      if (stack.includes(target)) {
        lowest.set(path, Math.min(lowest.get(path) ?? 0, lowest.get(target) ?? 0))
      }
    }
    if (lowest.get(path) !== order.get(path)) return
    const circle = stack.splice(stack.indexOf(path))
    if (circle.length > 1 || imports.get(path)?.includes(path)) circles.push(circle.sort())
  }
  for (const path of imports.keys()) if (!order.has(path)) visit(path)
  return circles
}
