import { expect, test } from 'vitest'
import { childEnvironment } from '../../../src/config/settings-environment.ts'

test('a fixed setting wins over every way in which it was said before', () => {
  const child = childEnvironment(
    { 'api.listen': '127.0.0.1:4711' },
    { PATH: '/bin', SLUICE_API_LISTEN: '127.0.0.1:0', SLUICE_API_LISTEN_FILE: '/etc/api' },
  )
  expect(child).toMatchObject({ PATH: '/bin', SLUICE_API_LISTEN: '127.0.0.1:4711' })
  expect(child['SLUICE_API_LISTEN_FILE']).toBeUndefined()
})
