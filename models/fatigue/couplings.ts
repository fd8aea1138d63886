/**
 * How closely the prices of an account follow the wear of its creatives, in units of the usual loading: auctions differ
 * in that, and a price that stands still says "no wear" only where prices do follow.
 */
export const COUPLINGS: readonly number[] = [0, 0.3, 0.6, 1, 1.4, 1.8]
