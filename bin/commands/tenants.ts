import { TenantError } from '../../pipelines/tenants/error.ts'
import { openTenants } from '../../pipelines/tenants/open.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import type { CommandContext } from '../command.ts'
import { requiredText } from '../flags.ts'
import { findKeyPlaces } from '../key-places.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify tenants add T --currency C --zone Z` and `omnify tenants list`. Works while the engine is up, which sees a
 * new tenant at once, and while it is down.
 */
export async function run(context: CommandContext): Promise<number> {
  const [action, name] = context.args
  if (action === 'add' && name === undefined) throw new UsageError('the name of the tenant is missing')
  if (action === 'list' && name !== undefined) throw new UsageError(`unexpected argument "${name}"`)
  const tenants = await openTenants((await findKeyPlaces(context.config, context.stderr)).tenants)
  try {
    if (action === 'add') await add(context, tenants, name!)
    else await list(context, tenants)
    return 0
  } finally {
    await tenants.close()
  }
}

async function add({ flags, config, stdout, stderr }: CommandContext, tenants: Tenants, name: string): Promise<void> {
  const tenant = { name, currency: requiredText(flags, 'currency'), zone: requiredText(flags, 'zone') }
  try {
    const { key } = await tenants.add(tenant)
    stdout.write(`${key}\n`)
    stderr.write(`tenant ${name} added; its API key is in ${config.home}/keys/${name}\n`)
  } catch (error) {
    if (error instanceof TenantError && error.code !== 'tenant_exists') throw new UsageError(error.message)
    throw error
  }
}

async function list({ stdout }: CommandContext, tenants: Tenants): Promise<void> {
  for (const { name, currency, zone } of await tenants.list()) stdout.write(`${name}\t${currency}\t${zone}\n`)
}
