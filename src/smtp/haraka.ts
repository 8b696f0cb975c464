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

const load = createRequire(import.meta.url)

export const constants = load('haraka-constants') as HarakaConstants
export const harakaConnection = load('haraka/connection') as HarakaConnectionModule
export const harakaPlugins = load('haraka/plugins') as HarakaPlugins
export const harakaLogger = load('haraka/logger') as HarakaLogger
export const harakaServer = load('haraka/server') as HarakaServer
export const harakaTls = load('haraka/tls_socket') as HarakaTls
