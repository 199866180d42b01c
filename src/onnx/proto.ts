import { BinaryWriter } from "@bufbuild/protobuf/wire";

/**
 * The subset of ONNX's protocol buffers that Tern writes. Field numbers are those of onnx.proto (IR version 10).
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

/** TensorProto.DataType. */
export const DataType = { float: 1, uint8: 2, int8: 3, int64: 7 } as const;
export type DataType = typeof DataType[keyof typeof DataType];

/** A dimension: a size, or a symbolic name if the size is only known at run time. */
export type Dimension = number | string;

/** TensorProto, with embedded bytes or a byte range of an external file. */
export interface TensorProto {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data:
    | { readonly raw: Uint8Array }
    | { readonly location: string; readonly offset: number; readonly length: number };
}

/** ValueInfoProto: name, element type and shape of a tensor. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly Dimension[];
}

/** A node's attribute. The key selects the attribute type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

/** NodeProto. */
export interface NodeProto {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** ModelProto with its GraphProto flattened into it. */
export interface ModelProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  /** Operator set versions by domain; the empty string is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
}

const IR_VERSION = 10;
const WIRE = { varint: 0, length: 2, fixed32: 5 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;
const DATA_LOCATION_EXTERNAL = 1;

/** Encodes a model as the bytes of an .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  const w = new BinaryWriter();
  int(w, 1, IR_VERSION);
  message(w, 7, () => writeGraph(w, model));
  for (const [domain, version] of Object.entries(model.opsets)) {
    message(w, 8, () => {
      string(w, 1, domain);
      int(w, 2, version);
    });
  }
  return new Uint8Array(w.finish());
}

function writeGraph(w: BinaryWriter, model: ModelProto): void {
  for (const node of model.nodes) message(w, 1, () => writeNode(w, node));
  string(w, 2, model.name);
  for (const tensor of model.initializers) message(w, 5, () => writeTensor(w, tensor));
  for (const input of model.inputs) message(w, 11, () => writeValueInfo(w, input));
  for (const output of model.outputs) message(w, 12, () => writeValueInfo(w, output));
}

function writeNode(w: BinaryWriter, node: NodeProto): void {
  for (const input of node.inputs) string(w, 1, input);
  for (const output of node.outputs) string(w, 2, output);
  string(w, 4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(w, 5, () => writeAttribute(w, name, attribute));
  }
  if (node.domain !== "") string(w, 7, node.domain);
}

function writeAttribute(w: BinaryWriter, name: string, attribute: Attribute): void {
  string(w, 1, name);
  if ("float" in attribute) {
    w.tag(2, WIRE.fixed32).float(attribute.float);
    int(w, 20, ATTRIBUTE_TYPE.float);
  } else if ("int" in attribute) {
    int(w, 3, attribute.int);
    int(w, 20, ATTRIBUTE_TYPE.int);
  } else if ("string" in attribute) {
    string(w, 4, attribute.string);
    int(w, 20, ATTRIBUTE_TYPE.string);
  } else {
    for (const value of attribute.ints) int(w, 8, value);
    int(w, 20, ATTRIBUTE_TYPE.ints);
  }
}

function writeTensor(w: BinaryWriter, tensor: TensorProto): void {
  for (const dim of tensor.dims) int(w, 1, dim);
  int(w, 2, tensor.type);
  string(w, 8, tensor.name);
  const data = tensor.data;
  if ("raw" in data) {
    w.tag(9, WIRE.length).bytes(data.raw);
    return;
  }
  const entries = { location: data.location, offset: data.offset, length: data.length };
  for (const [key, value] of Object.entries(entries)) {
    message(w, 13, () => {
      string(w, 1, key);
      string(w, 2, String(value));
    });
  }
  int(w, 14, DATA_LOCATION_EXTERNAL);
}

function writeValueInfo(w: BinaryWriter, value: ValueInfoProto): void {
  string(w, 1, value.name);
  message(w, 2, () =>
    message(w, 1, () => {
      int(w, 1, value.type);
      message(w, 2, () => {
        for (const dim of value.dims) {
          message(w, 1, () => typeof dim === "number" ? int(w, 1, dim) : string(w, 2, dim));
        }
      });
    }));
}

function int(w: BinaryWriter, field: number, value: number): void {
  w.tag(field, WIRE.varint).int64(value);
}

function string(w: BinaryWriter, field: number, value: string): void {
  w.tag(field, WIRE.length).string(value);
}

function message(w: BinaryWriter, field: number, write: () => void): void {
  w.tag(field, WIRE.length).fork();
  write();
  w.join();
}
