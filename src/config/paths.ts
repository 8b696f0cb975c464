import { join } from 'node:path'

/** The folder of this checkout: settings are looked for in `config/` there, what setup fetches is in `.tools/`. */
export const projectRoot = join(import.meta.dirname, '..', '..')

/** The settings file that is read where SLUICE_CONFIG names no other. */
export const defaultSettingsFile = join(projectRoot, 'config', 'sluice.toml')

/** All paths under the data folder, listed only here. */
export const dataPaths = (dataDir: string) => ({
  database: join(dataDir, 'sluice.db'),
  ballast: join(dataDir, 'ballast'),
  storeSocket: join(dataDir, 'store.sock'),
  sandboxSocket: join(dataDir, 'sandbox.sock'),
  supervisorSocket: join(dataDir, 'supervisor.sock'),
  metricsSocket: join(dataDir, 'metrics.sock'),
  relayLock: join(dataDir, 'relay.lock'),
  storeLock: join(dataDir, 'store.lock'),
  deliveryLock: join(dataDir, 'delivery.lock'),
  runFile: join(dataDir, 'run.json'),
  firstRunFile: join(dataDir, 'first-run.json'),
  firstRunDraft: join(dataDir, 'first-run.json.draft'),
  redisDir: join(dataDir, 'redis'),
  redisSocket: join(dataDir, 'redis', 'redis.sock'),
  harakaDir: join(dataDir, 'haraka'),
  tlsDir: join(dataDir, 'tls'),
  selfSignedCert: join(dataDir, 'tls', 'self-signed.pem'),
  selfSignedKey: join(dataDir, 'tls', 'self-signed.key'),
  logDir: join(dataDir, 'log'),
})

export type DataPaths = ReturnType<typeof dataPaths>
