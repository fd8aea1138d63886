import { systemClock } from '../../pipelines/clock.ts'
import { TenantError } from '../../pipelines/tenants/error.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { KeyInfo, Tenants } from '../../pipelines/tenants/port.ts'
import { ALL_SCOPES, isScope, type Scope } from '../../schemas/scopes.ts'
import type { CommandContext } from '../command.ts'
import { requiredText, text } from '../flags.ts'
import { findKeyPlaces } from '../key-places.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify keys create|list|rotate|revoke`. Works while the engine is up, which notices within five seconds, and while it
 * is down. A new key is printed once and kept nowhere.
 */
export async function run(context: CommandContext): Promise<number> {
  const [action, id] = context.args
  const work = ACTIONS[action!]!
  if (work.needsId && id === undefined) throw new UsageError('the id of the key is missing: omnify keys list shows it')
  if (!work.needsId && id !== undefined) throw new UsageError(`unexpected argument "${id}"`)
  const ask = work.read(context)
  const tenants = await openTenants((await findKeyPlaces(context.config, context.stderr)).tenants)
  try {
    await ask(tenants, id ?? '')
    return 0
  } catch (error) {
    if (error instanceof TenantError && error.code === 'unknown_tenant') throw new UsageError(error.message)
    throw error
  } finally {
    await tenants.close()
  }
}

type Action = {
  readonly needsId: boolean
  /** Reads the flags before anything is opened. */
  readonly read: (context: CommandContext) => (tenants: Tenants, id: string) => Promise<void>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: {
    needsId: false,
    read: ({ flags, stderr, stdout }) => {
      const tenant = requiredText(flags, 'tenant')
      const scopes = scopesOf(text(flags, 'scopes'))
      const life_ms = duration(flags, 'expires')
      if (life_ms === 0) throw new UsageError('--expires must be longer than nothing: such a key could not be used')
      return async ({ keys }) => {
        const expires_ms = life_ms === undefined ? undefined : systemClock() + life_ms
        const { id, key } = await keys.create(tenant, scopes, expires_ms)
        stdout.write(`${key}\n`)
        stderr.write(`key ${id} of ${tenant} made for ${scopes.join(', ')}; it is shown this once\n`)
      }
    },
  },
  list: {
    needsId: false,
    read: ({ flags, stdout }) => {
      const tenant = text(flags, 'tenant')
      return async (tenants) => {
        if (tenant !== undefined && (await tenants.get(tenant)) === undefined)
          throw new Error(`there is no tenant ${tenant}`)
        for (const key of await tenants.keys.list(tenant)) stdout.write(`${lineOf(key, systemClock())}\n`)
      }
    },
  },
  rotate: {
    needsId: true,
    read: ({ flags, stderr, stdout }) => {
      const grace_ms = duration(flags, 'grace') ?? GRACE_MS
      return async ({ keys }, id) => {
        const next = await keys.rotate(id, grace_ms)
        stdout.write(`${next.key}\n`)
        stderr.write(
          `key ${next.id} takes the place of ${id}, which ends in ${grace_ms / 1000} s; it is shown this once\n`,
        )
      }
    },
  },
  revoke: {
    needsId: true,
    read:
      ({ stderr }) =>
      async ({ keys }, id) => {
        await keys.revoke(id)
        stderr.write(`key ${id} is revoked\n`)
      },
  },
}

const GRACE_MS = 24 * 3_600_000

function scopesOf(list: string | undefined): readonly Scope[] {
  if (list === undefined) return ALL_SCOPES
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !isScope(name))
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is no scope: there are ${ALL_SCOPES.join(', ')}`)
  return [...new Set(names.filter(isScope))]
}

/** `90d`, `12h`, `30m`, `0s`, in ms. */
function duration(flags: CommandContext['flags'], name: string): number | undefined {
  const value = text(flags, name)
  if (value === undefined) return undefined
  const match = /^(\d{1,6})([smhd])$/.exec(value)
  if (match === null) throw new UsageError(`--${name} is a number and s, m, h or d, such as 90d; is "${value}"`)
  return Number(match[1]) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 's' | 'm' | 'h' | 'd']
}

/** Tab-separated: id, tenant, state, scopes, made, ends, last used. */
function lineOf(key: KeyInfo, now_ms: number): string {
  const over = key.revoked_ms !== null ? 'revoked' : (key.expires_ms ?? now_ms + 1) <= now_ms ? 'expired' : 'live'
  const time = (ms: number | null) => (ms === null || ms === 0 ? '-' : new Date(ms).toISOString())
  const ends = key.revoked_ms ?? key.expires_ms
  return [key.id, key.tenant, over, key.scopes.join(','), time(key.created_ms), time(ends), time(key.used_ms)].join(
    '\t',
  )
}
