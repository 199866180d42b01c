/** What a page tells the thread that runs the model. */
export type ToThread =
  /** Comes first: what to load. */
  | {
    readonly type: "open";
    /** The address of the model's folder. */
    readonly model: string;
    /** The name of the cache that keeps files. `null`: none. */
    readonly cache: string | null;
    readonly headers: Readonly<Record<string, string>>;
  }
  | {
    readonly type: "fetch";
    readonly call: number;
    readonly path: string;
    readonly method: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Uint8Array<ArrayBuffer> | null;
  }
  /** The page wants the next part of a reply's body. */
  | { readonly type: "pull"; readonly call: number }
  /** The page wants no more of a request. */
  | { readonly type: "cancel"; readonly call: number }
  | { readonly type: "close" };

/** What the thread tells the page. */
export type ToPage =
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "opened"; readonly model: string; readonly fingerprint: string }
  | { readonly type: "refused"; readonly name: string; readonly message: string }
  | {
    readonly type: "reply";
    readonly call: number;
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
  }
  | { readonly type: "chunk"; readonly call: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "end"; readonly call: number }
  | { readonly type: "failed"; readonly call: number; readonly message: string }
  | { readonly type: "closed" };

/** The name of the thread, by which the module knows that it is there. */
export const THREAD = "tern";

/** The origin that requests of the thread's own app are for. They reach no network. */
export const ORIGIN = "http://tern.localhost";
