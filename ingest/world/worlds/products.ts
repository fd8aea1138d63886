/** The catalogue of the simulated brand, cheapest first. */
export const PRODUCTS = [
  { id: 'P01', title: 'Lip Balm', price_usd: 14, weight: 9 },
  { id: 'P02', title: 'Nail Lacquer', price_usd: 18, weight: 6 },
  { id: 'P03', title: 'Cleansing Foam', price_usd: 24, weight: 12 },
  { id: 'P04', title: 'Mascara', price_usd: 26, weight: 14 },
  { id: 'P05', title: 'Eye Pencil Set', price_usd: 32, weight: 7 },
  { id: 'P06', title: 'Day Cream', price_usd: 42, weight: 13 },
  { id: 'P07', title: 'Night Cream', price_usd: 48, weight: 9 },
  { id: 'P08', title: 'Vitamin C Serum', price_usd: 58, weight: 16 },
  { id: 'P09', title: 'Retinol Serum', price_usd: 68, weight: 8 },
  { id: 'P10', title: 'Face Oil', price_usd: 76, weight: 4 },
  { id: 'P11', title: 'Skin Care Set', price_usd: 98, weight: 6 },
  { id: 'P12', title: 'Gift Box', price_usd: 120, weight: 3 },
] as const
