/**
 * The one place where Haraka is loaded. It reads its folder while it loads, and finds it by the environment: import
 * this module only after `useHarakaFolder`.
 */
import { createRequire, Module } from 'node:module'
import type {
  HarakaConnectionModule,
  HarakaConstants,
  HarakaLogger,
  HarakaPlugins,
  HarakaServer,
  HarakaTls,
} from './haraka-types.ts'

const require = createRequire(import.meta.url)
const requireAsHaraka = createRequire(require.resolve('haraka/server'))

/**
 * What of Haraka is not even loaded; empty modules stand in its place. `outbound` is its queue: mail can't get there past
 * our hooks. `transaction` parses messages, which the intake takes as they are.
 */
for (const unused of ['haraka/outbound', 'haraka/transaction']) {
  const path = require.resolve(unused)
  require.cache[path] = Object.assign(new Module(path), { loaded: true, exports: {} })
}

export const constants = requireAsHaraka('haraka-constants') as HarakaConstants
export const harakaConnection = require('haraka/connection') as HarakaConnectionModule
export const harakaPlugins = require('haraka/plugins') as HarakaPlugins
export const harakaLogger = require('haraka/logger') as HarakaLogger
export const harakaServer = require('haraka/server') as HarakaServer
export const harakaTls = require('haraka/tls_socket') as HarakaTls
