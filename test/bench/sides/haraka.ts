/** Haraka with its own outbound queue, as it comes: one worker, its stock settings, mail for anywhere from loopback. */
import { cpSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { greets } from '../ports.ts'
import { startProcess, untilTrue } from '../processes.ts'
import { fanoutDestinations } from '../shapes.ts'
import type { Ground, Side } from './side.ts'

/** Relays for everybody who can reach it, and names the sinks where Haraka would ask DNS. */
const plugin = (ground: Ground): string => {
  const hosts = Object.fromEntries(fanoutDestinations.map((to) => [to.domain, to.address]))
  return `
const hosts = ${JSON.stringify(hosts)}
exports.register = function () {
  this.register_hook('connect_init', 'relay_all')
  this.register_hook('get_mx', 'name_sink')
}
exports.relay_all = function (next, connection) {
  connection.relaying = true
  next()
}
exports.name_sink = function (next, hmail, domain) {
  next(OK, { priority: 0, exchange: hosts[domain] || '127.0.0.1', port: ${String(ground.sinkPort)} })
}
`
}

function layOut(ground: Ground, port: number, haraka: string): void {
  const inFolder = (name: string): string => join(ground.folder, name)
  for (const name of ['config', 'plugins', 'queue']) mkdirSync(inFolder(name))
  // connection.ini is read without defaults: a missing one ends the server at the first client.
  for (const name of ['connection.ini', 'log.ini']) {
    cpSync(join(haraka, 'config', name), inFolder(`config/${name}`))
  }
  writeFileSync(inFolder('config/smtp.ini'), `listen=127.0.0.1:${String(port)}\n`)
  writeFileSync(inFolder('config/me'), 'relay.bench.example\n')
  writeFileSync(inFolder('config/plugins'), 'bench_sinks\n')
  // The number in the stock outbound.ini; without it this version opens up to 10,000 connections.
  writeFileSync(inFolder('config/outbound.ini'), 'concurrency_max=100\n')
  writeFileSync(inFolder('plugins/bench_sinks.js'), plugin(ground))
}

export async function startHaraka(ground: Ground): Promise<Side> {
  const manifest = createRequire(import.meta.url).resolve('haraka/package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const haraka = dirname(manifest)
  const { port } = ground
  layOut(ground, port, haraka)
  const log = openSync(join(ground.folder, 'haraka.log'), 'w')
  await using starting = new AsyncDisposableStack()
  const server = starting.use(
    startProcess(process.execPath, [join(haraka, 'bin', 'haraka'), '-c', ground.folder], {
      cwd: ground.folder,
      stdout: log,
    }),
  )
  closeSync(log)
  await untilTrue('Haraka listens', 30_000, ground.signal, () => {
    if (server.child.exitCode !== null) throw new Error(`Haraka ended: ${server.complaint()}`)
    return greets('127.0.0.1', port)
  })
  const started = starting.move()
  return {
    port,
    version: `Haraka ${version}`,
    fsync: 'one fsync per queue file (one for each destination of a message)',
    roots: [server.pid],
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
