/**
 * The one place where Haraka is loaded. It reads its folder while it loads, and finds it by the environment: import
 * this module only after `useHarakaFolder`.
 */
import { createRequire, Module } from 'node:module'
import type {
  HarakaConnectionModule,
  HarakaConstants,
  HarakaLogger,
  HarakaNetUtils,
  HarakaPlugins,
  HarakaServer,
  HarakaTls,
} from './haraka-types.ts'

const require = createRequire(import.meta.url)
const requireAsHaraka = createRequire(require.resolve('haraka/server'))

/** Keeps nothing of what Haraka and its plugins note of a client: nobody here asks for it. */
export class NoResults {
  add(): void {
    return
  }

  push(): void {
    return
  }
}

/**
 * What of Haraka is not even loaded; these stand in its place. `outbound` is its queue: mail can't get there past our
 * hooks. `transaction` parses messages, which the intake takes as they are. `haraka-results` keeps notes of each client.
 */
const standIns = [
  [require.resolve('haraka/outbound'), {}],
  [require.resolve('haraka/transaction'), {}],
  [requireAsHaraka.resolve('haraka-results'), NoResults],
] as const
for (const [path, exports] of standIns) {
  require.cache[path] = Object.assign(new Module(path), { loaded: true, exports })
}

export const constants = requireAsHaraka('haraka-constants') as HarakaConstants
export const harakaConnection = require('haraka/connection') as HarakaConnectionModule
export const harakaPlugins = require('haraka/plugins') as HarakaPlugins
export const harakaLogger = require('haraka/logger') as HarakaLogger
export const harakaServer = require('haraka/server') as HarakaServer
export const harakaTls = require('haraka/tls_socket') as HarakaTls

/** Haraka looks these up in its folder for each client; they never change. No proxy may speak for a client. */
const netUtils = requireAsHaraka('haraka-net-utils') as HarakaNetUtils
const hostName = netUtils.get_primary_host_name()
netUtils.get_primary_host_name = () => hostName
netUtils.is_haproxy_allowed = () => false
