import { Random, STREAM } from '../random.ts'
import type { Shop } from '../spec.ts'

/** An invented person: names from two short lists, mail at example.com (RFC 2606), phones from the fictional 555-01xx. */
export function personOf(seed: string | number, shop: Shop, number: number, country: string) {
  const random = new Random(seed).reseed(STREAM.person, shop.key, number)
  const first = random.one(FIRST)
  const last = random.one(LAST)
  const tag = (number >>> 0).toString(36)
  return {
    email: `${first}.${last}.${tag}@example.com`.toLowerCase(),
    phone: `+1-${200 + random.below(700)}-555-01${String(random.below(100)).padStart(2, '0')}`,
    name: `${first} ${last}`,
    address: `${1 + random.below(999)} ${random.one(STREETS)}, ${country}`,
  }
}

const FIRST = [
  'Ada',
  'Bea',
  'Carla',
  'Dina',
  'Elif',
  'Fay',
  'Grace',
  'Hana',
  'Ines',
  'Juno',
  'Kim',
  'Lea',
  'Mia',
  'Noor',
]
const LAST = [
  'Abel',
  'Berg',
  'Costa',
  'Diaz',
  'Evans',
  'Fischer',
  'Gupta',
  'Haas',
  'Ito',
  'Jensen',
  'Khan',
  'Lopez',
  'Moreau',
]
const STREETS = ['Elm Street', 'Harbour Road', 'Mill Lane', 'Station Road', 'Park Avenue', 'Church Street']
