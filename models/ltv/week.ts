/** The Monday of a day's week. Day 0, 1970-01-01, was a Thursday. */
export function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7)
}
