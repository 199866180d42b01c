import type { Norm } from "./parameters.ts";

/**
 * The operations in which all versions of RWKV are defined. An engine implements them eagerly (`X` is an array) or by
 * recording a graph (`X` is the name of a value).
 *
 * Activations are `[B, T, D]`: B sequences of T tokens each. Operands of shape `[D]`, "per channel", are broadcast over
 * the tokens. Operations are pure: they take states as arguments and return new ones.
 */
export interface Operations<X> {
  add(a: X, b: X): X;
  sub(a: X, b: X): X;
  mul(a: X, b: X): X;
  scale(x: X, factor: number): X;
  /** Interpolation from x to y: x + (y - x) m. `xx` is y - x; `m` is per channel or an activation. */
  lerp(x: X, xx: X, m: X): X;
  exp(x: X): X;
  tanh(x: X): X;
  sigmoid(x: X): X;
  /** x sigmoid(x). */
  silu(x: X): X;
  /** max(x, 0)^2. */
  reluSquared(x: X): X;

  /** W x for each token. `W [out, in]`, `x [B, T, in]`. */
  linear(x: X, W: X): X;
  /** x M for each token. `M [in, out]`, `x [B, T, in]`. */
  matmul(x: X, M: X): X;
  /** Splits the channels of each token into `parts` equal parts. */
  split(x: X, parts: number): X[];

  /** Layer norm of each token over its channels, with eps 1e-5. */
  layerNorm(x: X, norm: Norm<X>): X;
  /** Group norm of each token, with the heads as groups. */
  groupNorm(x: X, norm: Norm<X>, eps: number): X;
  /** Divides each head of each token by its L2 norm. */
  normalizeHeads(x: X): X;

  /** The previous token's activation for each token: `prev [B, 1, D]` for the first, then x without its last token. */
  tokenShift(x: X, prev: X): X;
  /** The activation of the last token, `[B, 1, D]`. */
  last(x: X): X;

  /**
   * The WKV operator of RWKV-4 (arXiv 2305.13048, section 3.1.2, equation (16); numerically stable form in appendix D).
   * `k, v [B, T, D]`; `log_w, u [D]`, where log_w = -exp(time_decay) is the logarithm of the decay. State `[3, D]`: aa,
   * bb, pp.
   */
  wkv4(inputs: { k: X; v: X; log_w: X; u: X }, state: X): [y: X, state: X];

  /**
   * The WKV operator of RWKV-5 (arXiv 2404.05892, section 4.1.2, equations (8) and (9)) and RWKV-6 (section 4.2.2,
   * equations (21) and (22)). `r, k, v [B, T, D]`, `u [D]`; `log_w` is the logarithm of the decay, `[D]` in version 5
   * and `[B, T, D]` in version 6. For each head, with state S `[N keys, N values]`:
   *
   *     y_t = r_t (S + diag(u) k_t^T v_t)
   *     S   = diag(w_t) S + k_t^T v_t
   */
  wkv6(inputs: { r: X; k: X; v: X; log_w: X; u: X }, state: X): [y: X, state: X];

  /**
   * The WKV operator of RWKV-7 (arXiv 2503.14456, section 4.1, equations (16) and (17)). All inputs are `[B, T, D]`;
   * `kk` is the normalised removal key and `a` the in-context learning rate. For each head, with state S
   * `[N keys, N values]`, the transpose of the paper's wkv:
   *
   *     S   = diag(w_t) S - (kk_t a_t)^T (kk_t S) + k_t^T v_t
   *     y_t = r_t S
   */
  wkv7(inputs: { r: X; log_w: X; k: X; v: X; kk: X; a: X }, state: X): [y: X, state: X];
  /**
   * The bonus of RWKV-7 (arXiv 2503.14456, section 4.1, equation (20)): for each head, (sum over channels of r k r_k)
   * v. `r, k, v [B, T, D]`, `r_k [H, N]`.
   */
  bonus(r: X, k: X, v: X, r_k: X): X;
}
