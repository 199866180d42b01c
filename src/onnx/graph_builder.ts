import {
  type Attribute,
  DataType,
  type Dimension,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./proto.ts";

declare const valueBrand: unique symbol;

/** The name of a tensor in the graph under construction. Only the builder creates these. */
export type Value = string & { readonly [valueBrand]: true };

/** Operator set versions by domain: ONNX's own operators, and onnxruntime's contrib operators. */
const OPSETS = { "": 21, "com.microsoft": 1 } as const;

/** Location of an external tensor's bytes: a file name, and a byte range in that file. */
export interface ExternalRange {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Builds one ONNX graph, node by node.
 *
 * @example
 * ```ts
 * const g = new GraphBuilder("double");
 * const x = g.input("x", ["n"]);
 * g.output("y", g.node("Add", [x, x]), ["n"]);
 * const bytes = g.build(); // the bytes of an .onnx file
 * ```
 */
export class GraphBuilder {
  /** An omitted optional input. */
  readonly none = "" as Value;
  readonly #name: string;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #constants = new Map<string, Value>();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds a float32 graph input. */
  input(name: string, dims: readonly Dimension[]): Value {
    this.#inputs.push({ name, type: DataType.float, dims });
    return name as Value;
  }

  /** Adds a graph output with the given name. */
  output(name: string, value: Value, dims: readonly Dimension[]): void {
    this.#emit("Identity", [value], [name], {}, "");
    this.#outputs.push({ name, type: DataType.float, dims });
  }

  /** Adds a weight whose bytes are stored outside the graph. @param type default: float32 */
  external(
    name: string,
    dims: readonly number[],
    range: ExternalRange,
    type: DataType = DataType.float,
  ): Value {
    this.#initializers.push({ name, type, dims, data: range });
    return name as Value;
  }

  /** Embeds a small float32 constant. Equal constants share one initializer. */
  floats(values: readonly number[] | number): Value {
    const scalar = typeof values === "number";
    const data = new Float32Array(scalar ? [values] : values);
    return this.#constant(DataType.float, scalar ? [] : [data.length], data);
  }

  /** Embeds a uint8 scalar. Equal constants share one initializer. */
  byte(value: number): Value {
    return this.#constant(DataType.uint8, [], new Uint8Array([value]));
  }

  /** Embeds an int64 vector, such as a shape or a list of axes. Equal constants share one initializer. */
  ints(values: readonly number[]): Value {
    const data = new BigInt64Array(values.map(BigInt));
    return this.#constant(DataType.int64, [data.length], data);
  }

  /** Adds a standard ONNX operator with one output. */
  node(op: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.nodes(op, inputs, 1, attributes)[0]!;
  }

  /** Adds a standard ONNX operator with any number of outputs. */
  nodes(
    op: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
  ): Value[] {
    return this.#emit(op, inputs, this.#names(op, outputs), attributes, "");
  }

  /** Adds one of onnxruntime's contrib operators (domain `com.microsoft`). */
  microsoft(
    op: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
  ): Value[] {
    return this.#emit(op, inputs, this.#names(op, outputs), attributes, "com.microsoft");
  }

  /** Encodes the finished model as the bytes of an .onnx file. */
  build(): Uint8Array<ArrayBuffer> {
    return encodeModel({
      name: this.#name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
      opsets: OPSETS,
    });
  }

  #names(op: string, count: number): string[] {
    return Array.from({ length: count }, () => `${op}_${this.#count++}`);
  }

  #emit(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute>,
    domain: string,
  ): Value[] {
    this.#nodes.push({ op, domain, inputs, outputs, attributes });
    return outputs as Value[];
  }

  #constant(
    type: DataType,
    dims: readonly number[],
    data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
  ): Value {
    const key = `${type}[${dims}]${data.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}` as Value;
    this.#initializers.push({ name, type, dims, data: { raw: new Uint8Array(data.buffer) } });
    this.#constants.set(key, name);
    return name;
  }
}
