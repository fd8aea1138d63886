/**
 * Gradient-boosted trees on histograms (Friedman 2001; LightGBM's leaf-wise growth, Ke and others 2017), small and
 * deterministic: logistic loss, second-order gains, a fixed learning rate, no sampling.
 */
export type Trees = {
  readonly width: number
  /** Upper edges of the bins of each feature, ascending. */
  readonly edges: readonly (readonly number[])[]
  readonly trees: readonly Tree[]
}

/** Nodes in arrays: a leaf has feature −1 and a value, the others go left where the feature ≤ edge. */
export type Tree = {
  readonly feature: number[]
  readonly edge: number[]
  readonly left: number[]
  readonly right: number[]
  readonly value: number[]
}

export type TreeSettings = {
  readonly rounds: number
  readonly leaves: number
  readonly rate: number
  /** Least sum of p(1 − p) in a leaf, and its shrinkage. */
  readonly curvature_least: number
  readonly ridge: number
}

/**
 * @param features rows of `width` values
 * @param rows which of them
 * @param offsets log odds to begin from, one for each row of `features`
 * @param outcomes 0 or 1, one for each row of `features`
 */
export function growTrees(
  features: Float64Array,
  width: number,
  rows: Int32Array,
  offsets: Float64Array,
  outcomes: Uint8Array,
  settings: TreeSettings,
): Trees {
  const edges = Array.from({ length: width }, (_, feature) => edgesOf(features, width, rows, feature))
  const bins = binned(features, width, rows, edges)
  const odds = Float64Array.from(rows, (row) => offsets[row]!)
  const gradients = new Float64Array(rows.length)
  const curvatures = new Float64Array(rows.length)
  const trees: Tree[] = []
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < rows.length; i++) {
      const chance = 1 / (1 + Math.exp(-odds[i]!))
      gradients[i] = outcomes[rows[i]!]! - chance
      curvatures[i] = chance * (1 - chance)
    }
    const { leaves, tree } = growTree({ bins, width, edges, gradients, curvatures }, rows.length, settings)
    if (tree.feature.length === 1) break
    for (const { members, node } of leaves) for (const i of members) odds[i]! += tree.value[node]!
    trees.push(tree)
  }
  return { width, edges, trees }
}

/** What the trees add to the log odds of one row. */
export function treesAt({ trees }: Trees, features: ArrayLike<number>, from = 0): number {
  let sum = 0
  for (const { edge, feature, left, right, value } of trees) {
    let node = 0
    while (feature[node]! >= 0) node = features[from + feature[node]!]! <= edge[node]! ? left[node]! : right[node]!
    sum += value[node]!
  }
  return sum
}

const BINS = 64

/** Quantiles of the feature. */
function edgesOf(features: Float64Array, width: number, rows: Int32Array, feature: number): number[] {
  const values = Float64Array.from(rows, (row) => features[row * width + feature]!).sort()
  const edges: number[] = []
  for (let bin = 1; bin < BINS; bin++) {
    const value = values[Math.floor((bin * (values.length - 1)) / BINS)]!
    if (edges.length === 0 || value > edges.at(-1)!) edges.push(value)
  }
  return edges
}

/** The bin of each value: how many edges lie below it. By features, so that a histogram reads memory in order. */
function binned(features: Float64Array, width: number, rows: Int32Array, edges: readonly (readonly number[])[]) {
  const bins = new Uint8Array(width * rows.length)
  for (let feature = 0; feature < width; feature++) {
    const own = edges[feature]!
    for (let i = 0; i < rows.length; i++) {
      const value = features[rows[i]! * width + feature]!
      let low = 0
      let high = own.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (own[middle]! < value) low = middle + 1
        else high = middle
      }
      bins[feature * rows.length + i] = low
    }
  }
  return bins
}

type Data = {
  readonly bins: Uint8Array
  readonly width: number
  readonly edges: readonly (readonly number[])[]
  readonly gradients: Float64Array
  readonly curvatures: Float64Array
}
type Leaf = { readonly node: number; readonly members: Int32Array; readonly split: Split | null }
type Split = { readonly feature: number; readonly bin: number; readonly gain: number }

function growTree(data: Data, count: number, settings: TreeSettings): { tree: Tree; leaves: readonly Leaf[] } {
  const tree: Tree = { feature: [], edge: [], left: [], right: [], value: [] }
  const addLeaf = (members: Int32Array): Leaf => {
    const node = tree.feature.push(-1) - 1
    const { curvature, gradient } = totals(data, members)
    tree.edge.push(0)
    tree.left.push(-1)
    tree.right.push(-1)
    tree.value.push((settings.rate * gradient) / (curvature + settings.ridge))
    return { node, members, split: bestSplit(data, count, members, settings) }
  }
  let leaves = [addLeaf(Int32Array.from({ length: count }, (_, i) => i))]
  while (leaves.length < settings.leaves) {
    const best = leaves.reduce((a, b) => ((b.split?.gain ?? 0) > (a.split?.gain ?? 0) ? b : a))
    if (best.split === null) break
    const { bin, feature } = best.split
    const of = (i: number) => data.bins[feature * count + i]! <= bin
    const left = addLeaf(best.members.filter(of))
    const right = addLeaf(best.members.filter((i) => !of(i)))
    tree.feature[best.node] = feature
    tree.edge[best.node] = data.edges[feature]![bin]!
    tree.left[best.node] = left.node
    tree.right[best.node] = right.node
    leaves = [...leaves.filter((leaf) => leaf !== best), left, right]
  }
  return { tree, leaves }
}

function totals({ curvatures, gradients }: Data, members: Int32Array): { gradient: number; curvature: number } {
  let gradient = 0
  let curvature = 0
  for (const i of members) {
    gradient += gradients[i]!
    curvature += curvatures[i]!
  }
  return { gradient, curvature }
}

/** The split with the greatest fall of the loss; null where none leaves enough on both sides. */
function bestSplit(data: Data, count: number, members: Int32Array, settings: TreeSettings): Split | null {
  const { bins, curvatures, edges, gradients, width } = data
  const all = totals(data, members)
  const score = (gradient: number, curvature: number) => (gradient * gradient) / (curvature + settings.ridge)
  const base = score(all.gradient, all.curvature)
  let best: Split | null = null
  const by_gradient = new Float64Array(BINS)
  const by_curvature = new Float64Array(BINS)
  for (let feature = 0; feature < width; feature++) {
    by_gradient.fill(0)
    by_curvature.fill(0)
    const from = feature * count
    for (const i of members) {
      const bin = bins[from + i]!
      by_gradient[bin]! += gradients[i]!
      by_curvature[bin]! += curvatures[i]!
    }
    let gradient = 0
    let curvature = 0
    for (let bin = 0; bin < edges[feature]!.length; bin++) {
      gradient += by_gradient[bin]!
      curvature += by_curvature[bin]!
      const rest = all.curvature - curvature
      if (curvature < settings.curvature_least || rest < settings.curvature_least) continue
      const gain = score(gradient, curvature) + score(all.gradient - gradient, rest) - base
      if (gain > (best?.gain ?? LEAST_GAIN)) best = { feature, bin, gain }
    }
  }
  return best
}

const LEAST_GAIN = 1e-6
