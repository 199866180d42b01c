import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";

/** Keeps an activation of zeros from having a unit of 0. */
const MIN_SIZE = 1e-30;

/**
 * W x in whole numbers of 8 bits, whose sums are exact: activations are rounded to -127 to 127 with a unit for each
 * token, so that a token's numbers do not depend on which others are read with it. (`DynamicQuantizeLinear` has one
 * unit for all of them.)
 *
 * onnxruntime's fast kernels want activations without a sign: they are moved by a zero point of 128.
 *
 * @param W `[inputs, outputs]`, in int8
 * @param units `[outputs]`
 */
export function int8Linear(g: GraphBuilder, x: Value, W: Value, units: Value): Value {
  const sizes = g.node("ReduceMax", [g.node("Abs", [x]), g.ints([-1])], { keepdims: { int: 1 } });
  const largest = g.node("Max", [sizes, g.floats(MIN_SIZE)]);
  const unit = g.node("Mul", [largest, g.floats(1 / 127)]); // [B, T, 1]
  const [one, middle] = [g.floats(1), g.byte(128)];
  const whole = g.node("QuantizeLinear", [g.node("Div", [x, unit]), one, middle]);
  const [sums] = g.microsoft("MatMulIntegerToFloat", [whole, W, one, units, middle], 1);
  return g.node("Mul", [sums!, unit]);
}
