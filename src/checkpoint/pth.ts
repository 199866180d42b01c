import { z } from "zod";
import type { Checkpoint } from "./checkpoint.ts";
import {
  InvalidCheckpointError,
  MissingTensorError,
  UnsupportedCheckpointError,
  UnsupportedTensorError,
} from "./checkpoint_error.ts";
import type { RandomAccess } from "./random_access.ts";
import { isContiguous, makeContiguous, spannedLength, type StridedView } from "./strided.ts";
import { type DType, DTYPE_BYTES, elementCount, type TensorInfo } from "./tensor.ts";
import { PickleGlobal, unpickle } from "./unpickler.ts";
import { ZipArchive } from "./zip_archive.ts";

/** The pickle holds names and shapes only: some 200 bytes a tensor. */
const MAX_PICKLE_BYTES = 1 << 24;

/** How many times more bytes a storage's entry may have than the storage. PyTorch writes no more than it has. */
const MAX_UNUSED = 2;
/** How many times more elements a view may lie across than it has: a slice of columns does. */
const MAX_SPREAD = 256;
/** What is allowed beyond both, in elements or bytes. */
const MAX_PADDING = 1 << 16;

/** The class of a storage, which tells the type of its numbers. */
class StorageType extends PickleGlobal {
  constructor(name: string, readonly dtype: DType) {
    super(name);
  }
}

/** The numbers that one or more tensors are views of: an entry of the zip file. */
class Storage {
  constructor(readonly key: string, readonly dtype: DType, readonly length: number) {}
}

class Tensor implements StridedView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

interface StoredTensor extends TensorInfo {
  readonly tensor: Tensor;
}

const size = z.int().nonnegative();

/** `("storage", class, key, device, length)`. */
const storageIdSchema = z.tuple([
  z.literal("storage"),
  z.instanceof(StorageType),
  z.string(),
  z.string(),
  size,
]);

/** `torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks[, metadata])`. */
const rebuildTensorSchema = z.tuple([
  z.instanceof(Storage),
  size,
  z.array(size),
  z.array(size),
  z.unknown(),
  z.unknown(),
  // Set for conjugated and negated views, whose numbers are not what they seem.
  z.null().optional(),
]);

/** `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`. */
const rebuildParameterSchema = z.tuple([z.instanceof(Tensor), z.unknown(), z.unknown()]);

/** `collections.OrderedDict()`: the items are set afterwards. */
const orderedDictSchema = z.tuple([]);

/** `torch.Size(shape)`. */
const torchSizeSchema = z.tuple([z.array(size)]);

const STORAGE_TYPES: Readonly<Record<string, DType>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

/** Everything that a checkpoint's pickle may name. */
function allowedGlobals(file: string): ReadonlyMap<string, PickleGlobal> {
  const globals = [
    ...Object.entries(STORAGE_TYPES).map(([name, dtype]) =>
      new StorageType(`torch.${name}`, dtype)
    ),
    new PickleGlobal("collections.OrderedDict", (args) => {
      parseArgs(orderedDictSchema, args, "OrderedDict", file);
      return new Map();
    }),
    new PickleGlobal("torch.Size", (args) => parseArgs(torchSizeSchema, args, "Size", file)[0]),
    new PickleGlobal("torch._utils._rebuild_tensor_v2", (args) => {
      const [storage, offset, shape, stride] = parseArgs(rebuildTensorSchema, args, "tensor", file);
      return new Tensor(storage, offset, shape, stride);
    }),
    new PickleGlobal(
      "torch._utils._rebuild_parameter",
      (args) => parseArgs(rebuildParameterSchema, args, "parameter", file)[0],
    ),
  ];
  return new Map(globals.map((global) => [global.name, global]));
}

function parseArgs<T>(schema: z.ZodType<T>, args: unknown, what: string, file: string): T {
  const result = schema.safeParse(args);
  if (result.success) return result.data;
  const why = z.prettifyError(result.error);
  throw new InvalidCheckpointError(file, `its pickle makes a ${what} from wrong values: ${why}`);
}

/**
 * Opens what `torch.save` of PyTorch 1.6 and later writes for a state dict: a zip file of a pickle, which has the names
 * and shapes, and one entry a storage. A state dict under the key `state_dict`, `model` or `module` is taken from there. Values that are no
 * tensors are left out. No code of the pickle is run.
 *
 * Source: torch/serialization.py and torch/_utils.py of PyTorch.
 *
 * @throws {UnsupportedCheckpointError} When it is another kind of zip file, TorchScript, or big-endian.
 * @throws {UnsupportedTensorError} When a view repeats elements beyond the size of its storage.
 * @throws {InvalidCheckpointError} When it is damaged.
 * @throws {UnsafePickleError} When its pickle asks for more than weights.
 */
export async function openPth(source: RandomAccess, name: string): Promise<Checkpoint> {
  const archive = await ZipArchive.open(source, name);
  const root = findRoot(archive, name);
  await checkByteOrder(archive, root, name);
  const pickleBytes = archive.size(`${root}data.pkl`) ?? 0;
  if (pickleBytes > MAX_PICKLE_BYTES) {
    throw new InvalidCheckpointError(name, `its pickle has ${pickleBytes} bytes, far too many`);
  }
  const value = unpickle(await archive.read(`${root}data.pkl`, 0, pickleBytes), {
    file: name,
    globals: allowedGlobals(name),
    persistentLoad(id) {
      const [, { dtype }, key, , length] = parseArgs(storageIdSchema, id, "storage", name);
      return new Storage(key, dtype, length);
    },
  });
  const tensors = collectTensors(value, name);
  for (const stored of tensors.values()) assertStored(stored, archive, root, name);
  const find = (tensorName: string): StoredTensor => {
    const stored = tensors.get(tensorName);
    if (!stored) throw new MissingTensorError(name, tensorName);
    return stored;
  };
  return {
    name,
    tensors,
    async read(tensorName) {
      return await readTensor(find(tensorName), archive, root);
    },
    async readInto(tensorName, offset, into) {
      const { dtype, tensor } = find(tensorName);
      if (isContiguous(tensor)) {
        const start = tensor.offset * DTYPE_BYTES[dtype] + offset;
        const entry = `${root}data/${tensor.storage.key}`;
        into.set(await archive.read(entry, start, into.byteLength));
      } else {
        const whole = await readTensor(find(tensorName), archive, root);
        into.set(whole.subarray(offset, offset + into.byteLength));
      }
    },
    close: () => source.close(),
  };
}

/** All entries lie in one folder, which has the name that the file had when it was saved. */
function findRoot(archive: ZipArchive, name: string): string {
  const names = [...archive.names()];
  const pickle = names.find((entry) => /^[^/]*\/data\.pkl$/.test(entry));
  if (pickle === undefined) {
    throw new UnsupportedCheckpointError(name, "it is a zip file, but not one of torch.save");
  }
  const root = pickle.slice(0, -"data.pkl".length);
  if (names.includes(`${root}constants.pkl`)) {
    throw new UnsupportedCheckpointError(
      name,
      "it is TorchScript, a program; save its state_dict() with torch.save instead",
    );
  }
  return root;
}

async function checkByteOrder(archive: ZipArchive, root: string, name: string): Promise<void> {
  const entry = `${root}byteorder`;
  const length = archive.size(entry);
  if (length === undefined) return; // Written since PyTorch 2.1.
  const order = new TextDecoder().decode(await archive.read(entry, 0, Math.min(length, 16)));
  if (order !== "little") {
    throw new UnsupportedCheckpointError(name, `its byte order is ${JSON.stringify(order)}`);
  }
}

/** Keys under which trainers put the state dict, beside the state of the optimizer. */
const WRAPPERS: readonly unknown[] = ["state_dict", "model", "module"];

function collectTensors(value: unknown, file: string): Map<string, StoredTensor> {
  const nested = value instanceof Map
    ? WRAPPERS.map((key) => value.get(key)).find((inner) => inner instanceof Map)
    : undefined;
  const dict: unknown = nested ?? value;
  const tensors = new Map<string, StoredTensor>();
  if (dict instanceof Map) {
    for (const [name, tensor] of dict) {
      if (typeof name !== "string" || !(tensor instanceof Tensor)) continue;
      tensors.set(name, { name, dtype: tensor.storage.dtype, shape: tensor.shape, tensor });
    }
  }
  if (tensors.size === 0) {
    throw new UnsupportedCheckpointError(file, "it holds no dict of named tensors");
  }
  return tensors;
}

/** Checks that every element of a tensor is in the file, so that nothing is allocated for one that is not. */
function assertStored(
  { name, shape, tensor }: StoredTensor,
  archive: ZipArchive,
  root: string,
  file: string,
): void {
  const { storage, offset, stride } = tensor;
  const fail = (why: string) => {
    throw new InvalidCheckpointError(file, `tensor ${JSON.stringify(name)} ${why}`);
  };
  const entryBytes = archive.size(`${root}data/${storage.key}`);
  if (entryBytes === undefined) return fail(`has its numbers in data/${storage.key}, not there`);
  if (storage.length * DTYPE_BYTES[storage.dtype] > entryBytes) {
    fail(`is in a storage of ${storage.length} ${storage.dtype} that has ${entryBytes} bytes only`);
  }
  if (stride.length !== shape.length) fail(`has shape [${shape}], but stride [${stride}]`);
  const count = elementCount(shape);
  if (count === 0) return;
  if (count === undefined || !(offset + spannedLength(tensor) <= storage.length)) {
    return fail(`[${shape}] with stride [${stride}] at ${offset} is beyond its storage's end`);
  }
  if (entryBytes > MAX_UNUSED * storage.length * DTYPE_BYTES[storage.dtype] + MAX_PADDING) {
    return fail(
      `is in a storage of ${storage.length} ${storage.dtype} that has ${entryBytes} bytes`,
    );
  }
  if (spannedLength(tensor) > MAX_SPREAD * count + MAX_PADDING) {
    throw new UnsupportedTensorError(file, name, "is spread too far apart; save a copy of it");
  }
  if (count > storage.length) {
    throw new UnsupportedTensorError(file, name, "repeats its elements; save a copy of it");
  }
}

async function readTensor(
  { dtype, shape, tensor }: StoredTensor,
  archive: ZipArchive,
  root: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (shape.includes(0)) return new Uint8Array(0);
  const elementBytes = DTYPE_BYTES[dtype];
  const span = await archive.read(
    `${root}data/${tensor.storage.key}`,
    tensor.offset * elementBytes,
    spannedLength(tensor) * elementBytes,
  );
  return isContiguous(tensor) ? span : makeContiguous(span, tensor, elementBytes);
}
