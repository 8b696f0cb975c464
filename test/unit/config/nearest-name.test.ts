import { expect, test } from 'vitest'
import { nearestName } from '../../../src/config/nearest-name.ts'

const known = ['hostname', 'data_dir', 'delivery.route', 'delivery.port']

test.each([
  ['hostnam', 'hostname'],
  ['HOSTNAME', 'hostname'],
  ['datadir', 'data_dir'],
  ['delivery.ruote', 'delivery.route'],
  ['delivery.prot', 'delivery.port'],
])('%s was probably meant as %s', (given, meant) => {
  expect(nearestName(given, known)).toBe(meant)
})

test('what is like nothing known is like nothing', () => {
  expect(nearestName('completely.different', known)).toBeNull()
})
