/** A square matrix by rows. */
export type Matrix = readonly Float64Array[]

/**
 * Lower Cholesky factor of a symmetric matrix, or null where it is not positive definite. Only the lower half is read.
 */
export function cholesky(matrix: Matrix): Float64Array[] | null {
  const n = matrix.length
  const lower = Array.from({ length: n }, () => new Float64Array(n))
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!
      else if (sum > 0) lower[i]![i] = Math.sqrt(sum)
      else return null
    }
  }
  return lower
}

/** x with L Lᵀ x = b. */
export function solveCholesky(lower: Matrix, b: ArrayLike<number>): Float64Array {
  return backward(lower, forward(lower, b))
}

/** x with L x = b. */
export function forward(lower: Matrix, b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b)
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i]![k]! * x[k]!
    x[i]! /= lower[i]![i]!
  }
  return x
}

/** x with Lᵀ x = b: of standard normal b, a draw with covariance (L Lᵀ)⁻¹. */
export function backward(lower: Matrix, b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b)
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= lower[k]![i]! * x[k]!
    x[i]! /= lower[i]![i]!
  }
  return x
}

/** ln det of L Lᵀ. */
export function lnDeterminant(lower: Matrix): number {
  return 2 * lower.reduce((sum, row, i) => sum + Math.log(row[i]!), 0)
}
