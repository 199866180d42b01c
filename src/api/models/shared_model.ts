import type { ModelFiles } from "../../checkpoint/model_files.ts";

/** Port: the files with which a page runs the model itself. */
export interface SharedModel {
  /** The model's files, and what they must be. `undefined`: a page cannot run it. */
  files(): Promise<ModelFiles | undefined>;
  /**
   * The bytes of one of them.
   *
   * @param from where to begin
   */
  open(name: string, from: number): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** The script that runs it, or the code of the kernels. */
  asset(name: SharedAsset): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a page needs beside a model. */
export const SHARED_ASSETS = {
  "client.js": "text/javascript; charset=utf-8",
  "kernels.wasm": "application/wasm",
  "kernels_relaxed.wasm": "application/wasm",
} as const;

/** What a page needs beside a model. */
export type SharedAsset = keyof typeof SHARED_ASSETS;
