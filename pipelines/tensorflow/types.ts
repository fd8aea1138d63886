/** As much of TensorFlow.js (4.22, `tfjs-core`) as is used: its own types come with the package, which may not be there. */
export type Tensorflow = {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  getBackend(): string
  tidy<T>(work: () => T): T
  scalar(value: number): Tensor
  tensor2d(values: Float32Array, shape: readonly [number, number]): Tensor
  tensor1d(values: Float32Array): Tensor
  variable(initial: Tensor): Variable
  readonly train: { adam(rate: number): Optimizer }
}

export type Tensor = {
  matMul(other: Tensor): Tensor
  add(other: Tensor): Tensor
  sub(other: Tensor): Tensor
  mul(other: Tensor): Tensor
  div(other: Tensor): Tensor
  neg(): Tensor
  abs(): Tensor
  exp(): Tensor
  log(): Tensor
  relu(): Tensor
  square(): Tensor
  maximum(other: Tensor): Tensor
  mean(): Tensor
  sum(): Tensor
  slice(begin: readonly [number, number], size: readonly [number, number]): Tensor
  reshape(shape: readonly number[]): Tensor
  data(): Promise<Float32Array>
  dispose(): void
}

export type Variable = Tensor & { readonly trainable: boolean }

export type Optimizer = {
  minimize(loss: () => Tensor, return_cost: boolean, variables: readonly Variable[]): Tensor | null
  dispose(): void
}
