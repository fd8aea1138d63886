/**
 * How join values and subjects are written before they are hashed. The same person must get the same hash however
 * the shop spelled the address.
 */

/** Trimmed and lower-cased. Dots and +tags stay: what they mean is a matter of each mail provider. */
export function normalEmail(value: string): string {
  return value.trim().toLowerCase()
}

/** Its digits only. */
export function normalPhone(value: string): string {
  return value.replace(/\D/g, '')
}

/** A subject is a customer's or visitor's id as it is, or an e-mail address where nothing else is known. */
export function normalSubject(value: string): string {
  return value.includes('@') ? normalEmail(value) : value
}

/**
 * What an operator may mean by the subject to erase. Bare digits are an id and never a phone: ids of shops are as long
 * as phone numbers, and erasing the wrong person cannot be undone. A phone is written with its + or with separators.
 */
export function readSubject(value: string): { subject: string; email?: string; phone?: string } {
  const text = value.trim()
  if (text.includes('@')) return { subject: normalSubject(text), email: normalEmail(text) }
  const looksLikePhone = /^\+?[\d\s().\-/]{6,}$/.test(text) && !/^\d+$/.test(text)
  return { subject: value, ...(looksLikePhone ? { phone: normalPhone(text) } : {}) }
}
