import { fxRate, holiday } from './calendar.ts'
import { change } from './changes.ts'
import { customer } from './customers.ts'
import { delivery } from './delivery.ts'
import { entity } from './entities.ts'
import type { Family } from './family.ts'
import { order, refund } from './orders.ts'
import { product } from './products.ts'
import { touch } from './touches.ts'
import { web } from './web.ts'

/** All event types. Adding one costs its file and its line here; the conformance test runs over this list. */
export const FAMILIES: readonly Family[] = [
  order,
  refund,
  delivery,
  entity,
  customer,
  product,
  touch,
  web,
  change,
  fxRate,
  holiday,
] as readonly Family[]

export const familyOf: ReadonlyMap<string, Family> = new Map(FAMILIES.map((family) => [family.type, family]))
