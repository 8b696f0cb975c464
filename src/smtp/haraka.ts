/**
 * The one place where Haraka is loaded. It reads its folder while it loads, and finds it by the environment: import
 * this module only after `useHarakaFolder`.
 */
import { createRequire } from 'node:module'
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

export const constants = requireAsHaraka('haraka-constants') as HarakaConstants
export const harakaConnection = require('haraka/connection') as HarakaConnectionModule
export const harakaPlugins = require('haraka/plugins') as HarakaPlugins
export const harakaLogger = require('haraka/logger') as HarakaLogger
export const harakaServer = require('haraka/server') as HarakaServer
export const harakaTls = require('haraka/tls_socket') as HarakaTls
