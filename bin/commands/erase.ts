import { openTenants } from '../../pipelines/tenants/open.ts'
import { openVault } from '../../pipelines/vault/open.ts'
import type { CommandContext } from '../command.ts'
import { requiredText } from '../flags.ts'
import { findKeyPlaces } from '../key-places.ts'

/**
 * `omnify erase --tenant T --subject ID`: destroys the keys of a customer, visitor, e-mail or phone, so that nobody can
 * read their personal data again, in the log, the store or a dead letter. Numbers stay as they are. Works while the
 * engine is up and while it is down.
 */
export async function run({ config, flags, stdout, stderr }: CommandContext): Promise<number> {
  const [name, subject] = [requiredText(flags, 'tenant'), requiredText(flags, 'subject')]
  const places = await findKeyPlaces(config, stderr)
  const tenants = await openTenants(places.tenants)
  try {
    if ((await tenants.get(name)) === undefined) throw new Error(`there is no tenant ${name}`)
  } finally {
    await tenants.close()
  }
  const vault = await openVault(places.vault)
  try {
    const answer = await vault.erase(name, subject)
    stdout.write(`${JSON.stringify(answer)}\n`)
    if (answer.keys_destroyed === 0) stderr.write('no personal data were kept under this subject\n')
    return 0
  } finally {
    await vault.close()
  }
}
