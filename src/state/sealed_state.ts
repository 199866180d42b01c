import { Failure } from "../failure/failure.ts";
import { z } from "zod";
import { decodeState, encodeState, fittingPrecision } from "./codec.ts";
import { StateError } from "./errors.ts";
import type { StateLayout } from "./layout.ts";
import type { StatePrecision } from "./precision.ts";
import type { RecurrentState } from "./recurrent_state.ts";

/** Version of the format that is written, and the only one there is. */
const VERSION = 1;

/** What AES-GCM takes: 96 bits, random. Source: NIST SP 800-38D, section 8.2.2. */
const NONCE_BYTES = 12;

/** The version, the nonce, and the bytes of the label: 8 bits, then 16, little-endian. */
const PREAMBLE_BYTES = 1 + NONCE_BYTES + 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What stands beside the state, sealed with it. */
const contentsSchema = z.object({
  tokens: z.int().nonnegative(),
  instructions: z.string().nullable(),
  prefix: z.string(),
});

/** What is written outside of the seal, for all to read, and vouched for by it. */
const labelSchema = z.tuple([z.string(), z.string().nullable()]);

/** Whose states are sealed, and for which model. */
export interface SealOwner {
  readonly tenant: string;
  readonly modelFingerprint: string;
}

/** What a sealed state is of. */
export interface SealedState {
  /** The response after whose answer it is the state. */
  readonly response: string;
  /** The response that this one went on from. */
  readonly parent: string | null;
  readonly state: RecurrentState;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** The instructions that it has read, or what stands for them. */
  readonly instructions: string | null;
  /** The hash of all messages that it has read. */
  readonly prefix: string;
}

/** Sealed text cannot be opened. Whether it was altered, or is another's, is not told. */
export class SealedStateError extends Failure {
  override readonly name = "SealedStateError";
  override readonly category = "invalid";
  override readonly code = "invalid_encrypted_content";
  override readonly param = "input";
  constructor() {
    super("The sealed state cannot be opened");
  }

  override get clientMessage(): string {
    return "The sealed state cannot be opened: it was changed, or sealed for another key, model or server.";
  }
}

/** States are to be sealed or opened, and there is no secret to do it with. */
export class NoStateSecretError extends Failure {
  override readonly name = "NoStateSecretError";
  override readonly category = "invalid";
  override readonly code = "state_secret_missing";
  override readonly param: "include" | "input";
  /** @param wanted what was to be done */
  constructor(readonly wanted: "seal" | "open") {
    super("There is no secret that states are sealed with");
    this.param = wanted === "seal" ? "include" : "input";
  }

  override get clientMessage(): string {
    return "This server seals no states: its setting TERN_STATE_SECRETS names no secret to do it with.";
  }
}

/** What a {@linkcode StateSealer} is made of. */
export interface StateSealerOptions {
  /** Any texts of 32 characters or more. The first seals, all open, so that they can be changed. */
  readonly secrets: readonly string[];
  /** How numbers are written. In f16 a state that does not fit it is written in f32. */
  readonly precision: StatePrecision;
}

/**
 * Seals states for clients to keep: whoever has the text can neither read nor change it, and only the same tenant can
 * go on from it, with the same model.
 *
 * AES-256-GCM. The key is HKDF-SHA-256 of the secret with the tenant as `info`. Tenant, model, response and parent are
 * additional data. The text is base64url of
 *
 *     version (1 byte), nonce (12), length of the label (2, little-endian), label, sealed
 *
 * where the label is JSON `[response, parent]`, and sealed are: length (4, little-endian) and JSON of what was read,
 * then the state as {@linkcode encodeState} writes it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
export class StateSealer {
  readonly #secrets: readonly string[];
  readonly #precision: StatePrecision;

  constructor({ secrets, precision }: StateSealerOptions) {
    this.#secrets = secrets;
    this.#precision = precision;
  }

  /** @throws {NoStateSecretError} if nothing can be sealed here. */
  requireSecret(wanted: "seal" | "open" = "seal"): void {
    if (this.#secrets.length === 0) throw new NoStateSecretError(wanted);
  }

  /** @throws {NoStateSecretError} */
  async seal(owner: SealOwner, sealed: SealedState): Promise<string> {
    const [secret] = this.#secrets;
    if (secret === undefined) throw new NoStateSecretError("seal");
    const { response, parent, state, tokens, instructions, prefix } = sealed;
    const contents = encoder.encode(JSON.stringify(
      { tokens, instructions, prefix } satisfies z.infer<typeof contentsSchema>,
    ));
    const precision = fittingPrecision(state, this.#precision);
    const { modelFingerprint } = owner;
    const encoded = await encodeState(state, { modelFingerprint, precision });
    const plain = new Uint8Array(4 + contents.length + encoded.length);
    new DataView(plain.buffer).setUint32(0, contents.length, true);
    plain.set(contents, 4);
    plain.set(encoded, 4 + contents.length);

    const label = encoder.encode(JSON.stringify([response, parent]));
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const cipher = new Uint8Array(
      await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: nonce, additionalData: boundTo(owner, label) },
        await keyOf(secret, owner.tenant),
        plain,
      ),
    );
    const bytes = new Uint8Array(PREAMBLE_BYTES + label.length + cipher.length);
    bytes[0] = VERSION;
    bytes.set(nonce, 1);
    new DataView(bytes.buffer).setUint16(1 + NONCE_BYTES, label.length, true);
    bytes.set(label, PREAMBLE_BYTES);
    bytes.set(cipher, PREAMBLE_BYTES + label.length);
    return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  }

  /**
   * Opens what {@linkcode seal} gave.
   *
   * @throws {SealedStateError} if it is anything else, or was sealed for another owner or with a secret that is not here.
   * @throws {NoStateSecretError}
   */
  async open(owner: SealOwner, layout: StateLayout, text: string): Promise<SealedState> {
    this.requireSecret("open");
    const bytes = fromBase64(text);
    if (bytes[0] !== VERSION || bytes.length < PREAMBLE_BYTES) throw new SealedStateError();
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    const labelLength = new DataView(bytes.buffer).getUint16(1 + NONCE_BYTES, true);
    const label = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + labelLength);
    const cipher = bytes.subarray(PREAMBLE_BYTES + labelLength);
    const plain = await this.#decrypt(owner, nonce, label, cipher);
    try {
      const length = new DataView(plain.buffer).getUint32(0, true);
      const contents = contentsSchema.parse(json(plain.subarray(4, 4 + length)));
      const [response, parent] = labelSchema.parse(json(label));
      const { modelFingerprint } = owner;
      const state = await decodeState(plain.subarray(4 + length), { layout, modelFingerprint });
      return { response, parent, state, ...contents };
    } catch (error) {
      // What was sealed here has the form that it has here, unless another version of the program did it.
      const foreign = [StateError, z.ZodError, SyntaxError, TypeError, RangeError];
      if (foreign.some((type) => error instanceof type)) throw new SealedStateError();
      throw error;
    }
  }

  async #decrypt(
    owner: SealOwner,
    nonce: Uint8Array<ArrayBuffer>,
    label: Uint8Array<ArrayBuffer>,
    cipher: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const additionalData = boundTo(owner, label);
    for (const secret of this.#secrets) {
      const key = await keyOf(secret, owner.tenant);
      try {
        const algorithm = { name: "AES-GCM", iv: nonce, additionalData };
        return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, cipher));
      } catch (error) {
        // All that fails here is the seal.
        if (!(error instanceof DOMException)) throw error;
      }
    }
    throw new SealedStateError();
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    throw new SealedStateError();
  }
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/** The additional data. An array in JSON, so that no two are written alike. */
function boundTo(
  { tenant, modelFingerprint }: SealOwner,
  label: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const fields = [VERSION, tenant, modelFingerprint, label.toBase64()];
  return encoder.encode(JSON.stringify(fields));
}

/** The key of a tenant. */
async function keyOf(secret: string, tenant: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  return await crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: encoder.encode("tern/sealed-state/v1"),
      info: encoder.encode(tenant),
    },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
