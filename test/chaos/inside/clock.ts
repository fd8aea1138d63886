/** Stands in for `pipelines/clock.ts`: the same clock, which an operator or a bad time server sets now and then. */

import {
  type Clock,
  systemClock as realClock,
  steadyClock,
  systemRandom,
  systemRandomBytes,
} from '../../../pipelines/clock.ts'
import { told } from './told.ts'

export { steadyClock, systemRandom, systemRandomBytes }

export const systemClock: Clock = () => realClock() + told().clock_step_ms
