import { parseDay } from '../../../schemas/zone.ts'
import type { Holiday } from '../spec.ts'

/** Public holidays and shopping days with what they lift demand by; small, since the brand sells all year. */
export const HOLIDAYS: readonly Holiday[] = (
  [
    ['US', '2025-05-11', "Mother's Day", 0.04],
    ['US', '2025-05-26', 'Memorial Day', 0.03],
    ['US', '2025-06-19', 'Juneteenth', 0],
    ['CA', '2025-07-01', 'Canada Day', 0],
    ['US', '2025-07-04', 'Independence Day', 0.02],
    ['US', '2025-09-01', 'Labor Day', 0.03],
    ['GB', '2025-08-25', 'Summer Bank Holiday', 0],
    ['US', '2025-11-27', 'Thanksgiving', 0.04],
    ['US', '2025-11-28', 'Black Friday', 0.08],
    ['US', '2025-12-01', 'Cyber Monday', 0.06],
    ['US', '2025-12-25', 'Christmas Day', 0],
    ['GB', '2025-12-25', 'Christmas Day', 0],
    ['CA', '2025-12-26', 'Boxing Day', 0],
    ['US', '2026-01-01', "New Year's Day", 0],
    ['US', '2026-02-14', "Valentine's Day", 0.04],
    ['US', '2026-02-16', "Presidents' Day", 0.02],
    ['US', '2026-05-10', "Mother's Day", 0.04],
    ['US', '2026-05-25', 'Memorial Day', 0.03],
    ['US', '2026-06-19', 'Juneteenth', 0],
    ['CA', '2026-07-01', 'Canada Day', 0],
    ['US', '2026-07-04', 'Independence Day', 0.02],
    ['US', '2026-09-07', 'Labor Day', 0.03],
    ['US', '2026-11-26', 'Thanksgiving', 0.04],
    ['US', '2026-11-27', 'Black Friday', 0.08],
    ['US', '2026-11-30', 'Cyber Monday', 0.06],
    ['US', '2026-12-25', 'Christmas Day', 0],
  ] as const
).map(([country, date, name, lift]) => ({ country, day: parseDay(date)!, name, lift }))
