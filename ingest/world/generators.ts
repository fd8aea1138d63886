import { backgroundGenerator } from './background.ts'
import { shopGenerator } from './commerce/shop.ts'
import { accountGenerator } from './delivery/account.ts'
import type { Injection } from './injection.ts'
import type { Generator } from './model.ts'
import type { WorldSpec } from './spec.ts'

/** Everything that draws in a world. They share no state: each may be run without the others. */
export function generatorsOf(spec: WorldSpec, injections: readonly Injection[]): Generator[] {
  return [
    backgroundGenerator(spec, injections),
    ...spec.accounts.map((account) => accountGenerator(spec, account, injections)),
    ...spec.shops.map((shop) => shopGenerator(spec, shop, injections)),
  ]
}
