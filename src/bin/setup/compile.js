import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { surroundings } from './enter.js'
import { projectRoot, runProgram, toolsFolder } from './project.js'

const stamp = join(toolsFolder, 'compile-cache', 'compiled')

/**
 * Fills Node's compile cache with all of our TypeScript, where that has changed. A process that has to strip types by
 * itself carries the stripper with it for good: 30 MB each, in five processes. Takes a second; a failure costs only that.
 */
export function ensureCompiled(node) {
  const sources = sourceFiles()
  const state = `${node} ${sources.length} ${Math.max(...sources.map(({ changedAt }) => changedAt))}`
  try {
    if (readStamp() === state) return
    // All modules are loaded before the first is evaluated, and that one throws: nothing of ours runs.
    const imports = ['data:text/javascript,throw 0', ...sources.map(({ url }) => url)]
    const script = imports.map((url) => `import ${JSON.stringify(url)}`).join('\n')
    runProgram(node, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
      env: surroundings(node),
    })
    writeFileSync(stamp, state)
  } catch {
    // A project folder that may not be written to: each process strips for itself.
  }
}

function readStamp() {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return null
  }
}

function sourceFiles() {
  return ['src', 'plugins'].flatMap((folder) =>
    filesBelow(join(projectRoot, folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({
        url: pathToFileURL(file).href,
        changedAt: Math.round(statSync(file).mtimeMs),
      })),
  )
}

/** Node 18 knows no `recursive` option here. */
const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
