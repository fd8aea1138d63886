import { expect, it } from 'vitest'
import { StoreError } from '../../../pipelines/store/client.ts'
import { checkServerVersion, isOlder, SERVER_MIN } from '../../../pipelines/store/server-version.ts'

it.each([
  ['18.16.1', true],
  ['24.8.14.10459', true],
  ['24.12.1.1614', false],
  ['25.3.2.39', false],
  ['26.7.2.1', false],
  // Nobody knows what this is.
  ['unknown', true],
])('ClickHouse %s is too old: %s', async (version, too_old) => {
  expect(isOlder(version, SERVER_MIN)).toBe(too_old)
  const checking = checkServerVersion({ query: async <T>() => [{ version }] as T[] })
  if (too_old) await expect(checking).rejects.toThrow(`${version}: ${SERVER_MIN} is the oldest`)
  else await checking
})

it('a server that does not know our settings is too old; one that is away is not', async () => {
  const failing = (error: Error) => ({ query: async () => Promise.reject(error) })
  const unknown = new StoreError('rejected', 115, 'Unknown setting async_insert')
  await expect(checkServerVersion(failing(unknown))).rejects.toThrow(/older than 24\.12: Unknown setting async_insert/)
  const away = new StoreError('unavailable', 0, 'nobody there')
  await expect(checkServerVersion(failing(away))).rejects.toBe(away)
})
