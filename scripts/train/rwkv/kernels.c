// The parts of RWKV's training step that are not matrix products, for CPUs: forward and gradient in one pass each,
// where a tensor library would take dozens of passes over memory.
//
// Activations are bfloat16, sums and parameters float32. All sequences of a batch are laid one after the other: T counts
// the tokens of all of them, and reset[t] is 1 where token t begins a document, which reads an empty state.
//
// Plain C with GCC's vector extensions: sixteen lanes, whatever the processor has.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define N 64        // head size
#define Q 4         // vectors of sixteen in a head
#define CHUNK 16    // tokens between two kept states

typedef uint16_t bf16;
typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t uvec __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t hvec __attribute__((vector_size(32), aligned(2), may_alias));

static inline vec load(const bf16 *p) {
  uvec u = __builtin_convertvector(*(const hvec *)p, uvec) << 16;
  return (vec)u;
}

/** Rounds to nearest, ties to even. */
static inline void store(bf16 *p, vec x) {
  uvec u = (uvec)x;
  u += 0x7fffu + ((u >> 16) & 1u);
  *(hvec *)p = __builtin_convertvector(u >> 16, hvec);
}

static inline vec splat(float x) { return x - (vec){}; }

static inline vec max_vec(vec a, vec b) { return (vec)(((ivec)a & (a > b)) | ((ivec)b & ~(a > b))); }

/** e^x to about one unit in the last place, 0 below -87 (Cephes' polynomial). */
static inline vec exp_vec(vec x) {
  ivec tiny = x < -87.0f;
  x = max_vec(x, splat(-87.0f));
  x = -max_vec(-x, splat(-88.0f));
  vec n = x * 1.44269504088896341f + 12582912.0f;  // adding 1.5 * 2^23 rounds to an integer
  ivec i = (ivec)n - 0x4b400000;
  n -= 12582912.0f;
  vec f = x - n * 0.693359375f + n * 2.12194440e-4f;
  vec p = f * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  vec scale = (vec)((i + 127) << 23);
  return (vec)((ivec)(p * scale) & ~tiny);
}

static inline vec sigmoid_vec(vec x) { return 1.0f / (1.0f + exp_vec(-x)); }

#define PAIR(a, b, ...) (__builtin_shufflevector(a, b, __VA_ARGS__))
#define HALF8(a, b) \
  (PAIR(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) + \
   PAIR(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define HALF4(a, b) \
  (PAIR(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) + \
   PAIR(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define HALF2(a, b) \
  (PAIR(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) + \
   PAIR(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31))
#define HALF1(a, b) \
  (PAIR(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) + \
   PAIR(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))

/** The sums of sixteen vectors, as one vector. */
static inline vec sum_each(const vec *x) {
  vec a[8], b[4];
  for (int i = 0; i < 8; i++) a[i] = HALF8(x[2 * i], x[2 * i + 1]);
  for (int i = 0; i < 4; i++) b[i] = HALF4(a[2 * i], a[2 * i + 1]);
  vec c = HALF2(b[0], b[1]), d = HALF2(b[2], b[3]);
  return HALF1(c, d);
}

static inline float sum_vec(vec x) {
  vec z = {};
  x = HALF8(x, z);
  x = HALF4(x, z);
  x = HALF2(x, z);
  return x[0] + x[1];
}

// ---------------------------------------------------------------------------------------------------------------------
// Layer norm, token shift and M mixes: out_m = h + (h_prev - h) mix_m, with h = layer norm of x.

#define LN_EPS 1e-5f

static void layer_norm_row(int D, const float *x, const float *weight, const float *bias, float *h, float *stats) {
  vec s = {}, q = {};
  for (int i = 0; i < D; i += 16) s += *(const vec *)(x + i);
  float mean = sum_vec(s) / D;
  for (int i = 0; i < D; i += 16) { vec d = *(const vec *)(x + i) - mean; q += d * d; }
  float rstd = 1 / sqrtf(sum_vec(q) / D + LN_EPS);
  for (int i = 0; i < D; i += 16)
    *(vec *)(h + i) = (*(const vec *)(x + i) - mean) * rstd * *(const vec *)(weight + i) + *(const vec *)(bias + i);
  stats[0] = mean;
  stats[1] = rstd;
}

/** x [T, D]; mix [M, D]; out: M arrays [T, D]; stats [T, 2]: mean and 1/deviation, for the gradient. */
void shift_mix_forward(int T, int D, int M, const float *x, const uint8_t *reset, const float *weight,
                       const float *bias, const float *mix, bf16 *const *out, float *stats) {
  float *rows = aligned_alloc(64, sizeof(float) * 2 * D);
  float *h = rows, *prev = rows + D;
  for (int t = 0; t < T; t++) {
    layer_norm_row(D, x + (size_t)t * D, weight, bias, h, stats + 2 * t);
    if (reset[t]) memset(prev, 0, sizeof(float) * D);
    for (int m = 0; m < M; m++)
      for (int i = 0; i < D; i += 16) {
        vec a = *(vec *)(h + i);
        store(out[m] + (size_t)t * D + i, a + (*(vec *)(prev + i) - a) * *(const vec *)(mix + m * D + i));
      }
    float *swap = h; h = prev; prev = swap;
  }
  free(rows);
}

/** dout: M arrays [T, D], or null where nothing flows; dx [T, D] is written; dweight, dbias [D], dmix [M, D] are added to. */
void shift_mix_backward(int T, int D, int M, const float *x, const uint8_t *reset, const float *weight,
                        const float *bias, const float *mix, const float *stats, const bf16 *const *dout, float *dx,
                        float *dweight, float *dbias, float *dmix) {
  float *rows = aligned_alloc(64, sizeof(float) * 4 * D);
  float *h = rows, *prev = rows + D, *later = rows + 2 * D, *dh = rows + 3 * D, unused[2];
  memset(later, 0, sizeof(float) * D);
  layer_norm_row(D, x + (size_t)(T - 1) * D, weight, bias, h, unused);
  for (int t = T - 1; t >= 0; t--) {
    if (reset[t]) memset(prev, 0, sizeof(float) * D);
    else layer_norm_row(D, x + (size_t)(t - 1) * D, weight, bias, prev, unused);
    float mean = stats[2 * t], rstd = stats[2 * t + 1];
    vec s1 = {}, s2 = {};
    for (int i = 0; i < D; i += 16) {
      vec difference = *(vec *)(prev + i) - *(vec *)(h + i), own = *(vec *)(later + i), before = {};
      for (int m = 0; m < M; m++) {
        if (!dout[m]) continue;
        vec d = load(dout[m] + (size_t)t * D + i), c = *(const vec *)(mix + m * D + i);
        *(vec *)(dmix + m * D + i) += d * difference;
        own += d * (1.0f - c);
        before += d * c;
      }
      vec normal = (*(const vec *)(x + (size_t)t * D + i) - mean) * rstd;
      *(vec *)(dweight + i) += own * normal;
      *(vec *)(dbias + i) += own;
      own *= *(const vec *)(weight + i);
      *(vec *)(dh + i) = own;
      *(vec *)(later + i) = before;
      s1 += own;
      s2 += own * normal;
    }
    if (reset[t]) {
      memset(later, 0, sizeof(float) * D);
      // prev was nothing; the row before is needed as the next h.
      if (t > 0) layer_norm_row(D, x + (size_t)(t - 1) * D, weight, bias, prev, unused);
    }
    float m1 = sum_vec(s1) / D, m2 = sum_vec(s2) / D;
    for (int i = 0; i < D; i += 16) {
      vec normal = (*(const vec *)(x + (size_t)t * D + i) - mean) * rstd;
      *(vec *)(dx + (size_t)t * D + i) = (*(vec *)(dh + i) - m1 - normal * m2) * rstd;
    }
    float *swap = h; h = prev; prev = swap;
  }
  free(rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// RWKV-7's time mix between the products: gates, the recurrence, group norm, bonus and the output gate.

#define GROUP_NORM_EPS 64e-5f
#define MIN_LOG_DECAY -0.606530659712633f  // -exp(-1/2)

/** What the products gave, each [T, D]. v_mix and v_first are null in the first block. */
typedef struct { const bf16 *r, *w, *k, *v, *a, *g, *v_mix, *v_first; } Inputs7;
/** Parameters, each [D]. */
typedef struct { const float *w0, *a0, *v0, *k_k, *k_a, *r_k, *ln_weight, *ln_bias; } Parameters7;
/** Kept for the gradient: sa and y [T, D], states [D / N, T / CHUNK, N, N]. */
typedef struct { float *sa, *y, *states; } Kept7;

/** One token of one head, as float32. */
typedef struct {
  vec r[Q], w[Q], k[Q], v[Q], kk[Q], b[Q];  // as the recurrence takes them: k modified, v mixed, b = kk a
  vec a[Q], decay[Q], k0[Q], v0[Q], nu[Q], v_first[Q], g[Q];
  float inverse_norm;
} Token7;

static inline void prepare7(Token7 *x, const Inputs7 *in, const Parameters7 *p, size_t at, int channel) {
  vec squares = {};
  for (int q = 0; q < Q; q++) {
    int c = channel + 16 * q;
    size_t o = at + 16 * q;
    x->r[q] = load(in->r + o);
    x->g[q] = load(in->g + o);
    x->decay[q] = sigmoid_vec(load(in->w + o) + *(const vec *)(p->w0 + c));
    x->w[q] = exp_vec(MIN_LOG_DECAY * x->decay[q]);
    x->a[q] = sigmoid_vec(load(in->a + o) + *(const vec *)(p->a0 + c));
    x->k0[q] = load(in->k + o);
    x->v0[q] = x->v[q] = load(in->v + o);
    if (in->v_first) {
      x->nu[q] = sigmoid_vec(load(in->v_mix + o) + *(const vec *)(p->v0 + c));
      x->v_first[q] = load(in->v_first + o);
      x->v[q] += (x->v_first[q] - x->v[q]) * x->nu[q];
    }
    x->kk[q] = x->k0[q] * *(const vec *)(p->k_k + c);
    squares += x->kk[q] * x->kk[q];
    x->k[q] = x->k0[q] * (1.0f + (x->a[q] - 1.0f) * *(const vec *)(p->k_a + c));
  }
  float norm = sqrtf(sum_vec(squares));
  x->inverse_norm = 1 / (norm > 1e-12f ? norm : 1e-12f);
  for (int q = 0; q < Q; q++) {
    x->kk[q] *= x->inverse_norm;
    x->b[q] = x->kk[q] * x->a[q];
  }
}

/** next = S diag(w) + sa b^T + v k^T, kept with the key index first: S[j][i], i the value's channel. */
static inline void step7(const Token7 *x, const vec *sa, const float *S, float *next) {
  const float *w = (const float *)x->w, *k = (const float *)x->k, *b = (const float *)x->b;
  for (int j = 0; j < N; j++)
    for (int q = 0; q < Q; q++)
      *(vec *)(next + j * N + 16 * q) = *(const vec *)(S + j * N + 16 * q) * w[j] + sa[q] * b[j] + x->v[q] * k[j];
}

static inline void multiply7(const float *S, const float *by, vec *out, float sign) {
  vec even[Q] = {}, odd[Q] = {};
  for (int j = 0; j < N; j += 2)
    for (int q = 0; q < Q; q++) {
      even[q] += *(const vec *)(S + j * N + 16 * q) * by[j];
      odd[q] += *(const vec *)(S + (j + 1) * N + 16 * q) * by[j + 1];
    }
  for (int q = 0; q < Q; q++) out[q] = (even[q] + odd[q]) * sign;
}

/** T must be a multiple of CHUNK. out [T, D]. */
void time_mix7_forward(int T, int H, const Inputs7 *in, const Parameters7 *p, const uint8_t *reset, bf16 *out,
                       const Kept7 *kept) {
  int D = H * N;
  float *S = aligned_alloc(64, sizeof(float) * N * N);
  for (int h = 0; h < H; h++) {
    memset(S, 0, sizeof(float) * N * N);
    for (int t = 0; t < T; t++) {
      size_t at = (size_t)t * D + h * N;
      Token7 x;
      if (reset[t]) memset(S, 0, sizeof(float) * N * N);
      if (t % CHUNK == 0)
        memcpy(kept->states + ((size_t)h * (T / CHUNK) + t / CHUNK) * N * N, S, sizeof(float) * N * N);
      prepare7(&x, in, p, at, h * N);
      vec sa[Q], y[Q];
      multiply7(S, (const float *)x.kk, sa, -1);
      step7(&x, sa, S, S);
      multiply7(S, (const float *)x.r, y, 1);
      vec sum = {}, squares = {}, bonus = {};
      for (int q = 0; q < Q; q++) {
        *(vec *)(kept->sa + at + 16 * q) = sa[q];
        *(vec *)(kept->y + at + 16 * q) = y[q];
        sum += y[q];
        bonus += x.r[q] * x.k[q] * *(const vec *)(p->r_k + h * N + 16 * q);
      }
      float mean = sum_vec(sum) / N, scale = sum_vec(bonus);
      for (int q = 0; q < Q; q++) squares += (y[q] - mean) * (y[q] - mean);
      float rstd = 1 / sqrtf(sum_vec(squares) / N + GROUP_NORM_EPS);
      for (int q = 0; q < Q; q++) {
        int c = h * N + 16 * q;
        vec n = (y[q] - mean) * rstd * *(const vec *)(p->ln_weight + c) + *(const vec *)(p->ln_bias + c);
        store(out + at + 16 * q, (n + scale * x.v[q]) * x.g[q]);
      }
    }
  }
  free(S);
}

/** Gradients of what Inputs7 names, each [T, D]; dv_mix and dv_first are null in the first block. */
typedef struct { bf16 *r, *w, *k, *v, *a, *g, *v_mix, *v_first; } Gradients7;
/** Gradients of the parameters, each [D], added to. */
typedef struct { float *w0, *a0, *v0, *k_k, *k_a, *r_k, *ln_weight, *ln_bias; } ParameterGradients7;

/** What flows into one token: through the output gate, the bonus and the group norm. */
typedef struct { vec y[Q], r[Q], k[Q], v[Q]; } Flow7;

/** The way back from the output to y, and what the gate and the bonus take of it. */
static inline void output_gradient7(const Token7 *x, const Parameters7 *p, const ParameterGradients7 *dp, const float *y,
                                    const bf16 *dout, bf16 *dg, int channel, Flow7 *d) {
  vec sum = {}, squares = {}, bonus = {}, towards = {}, dn[Q], n[Q];
  for (int q = 0; q < Q; q++) {
    sum += *(const vec *)(y + 16 * q);
    bonus += x->r[q] * x->k[q] * *(const vec *)(p->r_k + channel + 16 * q);
  }
  float mean = sum_vec(sum) / N, scale = sum_vec(bonus);
  for (int q = 0; q < Q; q++) { vec c = *(const vec *)(y + 16 * q) - mean; squares += c * c; }
  float rstd = 1 / sqrtf(sum_vec(squares) / N + GROUP_NORM_EPS);
  vec s1 = {}, s2 = {};
  for (int q = 0; q < Q; q++) {
    int c = channel + 16 * q;
    vec o = load(dout + 16 * q);
    n[q] = (*(const vec *)(y + 16 * q) - mean) * rstd;
    vec before_gate = n[q] * *(const vec *)(p->ln_weight + c) + *(const vec *)(p->ln_bias + c) + scale * x->v[q];
    store(dg + 16 * q, o * before_gate);
    o *= x->g[q];
    *(vec *)(dp->ln_weight + c) += o * n[q];
    *(vec *)(dp->ln_bias + c) += o;
    towards += o * x->v[q];
    d->v[q] = o * scale;
    dn[q] = o * *(const vec *)(p->ln_weight + c);
    s1 += dn[q];
    s2 += dn[q] * n[q];
  }
  float m1 = sum_vec(s1) / N, m2 = sum_vec(s2) / N, dbonus = sum_vec(towards);
  for (int q = 0; q < Q; q++) {
    int c = channel + 16 * q;
    vec r_k = *(const vec *)(p->r_k + c);
    d->y[q] = (dn[q] - m1 - n[q] * m2) * rstd;
    d->r[q] = dbonus * x->k[q] * r_k;
    d->k[q] = dbonus * x->r[q] * r_k;
    *(vec *)(dp->r_k + c) += dbonus * x->r[q] * x->k[q];
  }
}

/** What flows into w, kk and b by the recurrence. */
typedef struct { vec w[Q], kk[Q], b[Q]; } StateFlow7;

/** One token of the recurrence backwards. before and after are the states around it; D, the flow into `after`, becomes that into `before`. */
static inline void step_gradient7(const Token7 *x, const vec *sa, const float *before, const float *after, float *D,
                                  Flow7 *d, StateFlow7 *s) {
  const float *r = (const float *)x->r, *w = (const float *)x->w, *k = (const float *)x->k, *b = (const float *)x->b,
              *kk = (const float *)x->kk;
  vec dv[Q] = {}, dsa[Q] = {};
  for (int block = 0; block < Q; block++) {
    vec to_r[16], to_k[16], to_b[16], to_w[16];
    for (int i = 0; i < 16; i++) {
      int j = 16 * block + i;
      vec ar = {}, ak = {}, ab = {}, aw = {};
      for (int q = 0; q < Q; q++) {
        vec e = *(vec *)(D + j * N + 16 * q) + d->y[q] * r[j];
        *(vec *)(D + j * N + 16 * q) = e;
        ar += d->y[q] * *(const vec *)(after + j * N + 16 * q);
        ak += e * x->v[q];
        ab += e * sa[q];
        aw += e * *(const vec *)(before + j * N + 16 * q);
        dv[q] += e * k[j];
        dsa[q] += e * b[j];
      }
      to_r[i] = ar; to_k[i] = ak; to_b[i] = ab; to_w[i] = aw;
    }
    d->r[block] += sum_each(to_r);
    d->k[block] += sum_each(to_k);
    s->b[block] = sum_each(to_b);
    s->w[block] = sum_each(to_w);
  }
  for (int q = 0; q < Q; q++) d->v[q] += dv[q];
  for (int block = 0; block < Q; block++) {
    vec to_kk[16];
    for (int i = 0; i < 16; i++) {
      int j = 16 * block + i;
      vec a = {};
      for (int q = 0; q < Q; q++) {
        vec *e = (vec *)(D + j * N + 16 * q);
        a += dsa[q] * *(const vec *)(before + j * N + 16 * q);
        *e = *e * w[j] - dsa[q] * kk[j];
      }
      to_kk[i] = a;
    }
    s->kk[block] = -sum_each(to_kk);
  }
}

/** From the recurrence's inputs back to the products and the parameters. */
static inline void input_gradient7(const Token7 *x, const Inputs7 *in, const Parameters7 *p, const Flow7 *d,
                                   const StateFlow7 *s, const Gradients7 *g, const ParameterGradients7 *dp, size_t at,
                                   int channel) {
  vec dkk[Q], along = {};
  for (int q = 0; q < Q; q++) {
    dkk[q] = s->kk[q] + s->b[q] * x->a[q];
    along += dkk[q] * x->kk[q];
  }
  float parallel = sum_vec(along);
  for (int q = 0; q < Q; q++) {
    int c = channel + 16 * q;
    size_t o = at + 16 * q;
    vec k_a = *(const vec *)(p->k_a + c), k_k = *(const vec *)(p->k_k + c);
    vec da = s->b[q] * x->kk[q] + d->k[q] * x->k0[q] * k_a;
    da *= x->a[q] * (1.0f - x->a[q]);
    store(g->a + o, da);
    *(vec *)(dp->a0 + c) += da;
    vec du = (dkk[q] - x->kk[q] * parallel) * x->inverse_norm;
    store(g->k + o, d->k[q] * (1.0f + (x->a[q] - 1.0f) * k_a) + du * k_k);
    *(vec *)(dp->k_a + c) += d->k[q] * x->k0[q] * (x->a[q] - 1.0f);
    *(vec *)(dp->k_k + c) += du * x->k0[q];
    vec dw = s->w[q] * x->w[q] * MIN_LOG_DECAY * x->decay[q] * (1.0f - x->decay[q]);
    store(g->w + o, dw);
    *(vec *)(dp->w0 + c) += dw;
    store(g->r + o, d->r[q]);
    if (in->v_first) {
      vec nu = x->nu[q], dnu = d->v[q] * (x->v_first[q] - x->v0[q]) * nu * (1.0f - nu);
      store(g->v + o, d->v[q] * (1.0f - nu));
      store(g->v_first + o, d->v[q] * nu);
      store(g->v_mix + o, dnu);
      *(vec *)(dp->v0 + c) += dnu;
    } else {
      store(g->v + o, d->v[q]);
    }
  }
}

void time_mix7_backward(int T, int H, const Inputs7 *in, const Parameters7 *p, const uint8_t *reset, const bf16 *dout,
                        const Kept7 *kept, const Gradients7 *g, const ParameterGradients7 *dp) {
  int width = H * N;
  size_t size = sizeof(float) * N * N;
  float *states = aligned_alloc(64, size * (CHUNK + 3));
  float *D = states + (CHUNK + 1) * N * N, *zero = D + N * N;
  Token7 *tokens = aligned_alloc(64, sizeof(Token7) * CHUNK);
  memset(zero, 0, size);
  for (int h = 0; h < H; h++) {
    memset(D, 0, size);
    for (int chunk = T / CHUNK - 1; chunk >= 0; chunk--) {
      // The states inside the chunk, from the one kept before it.
      memcpy(states, kept->states + ((size_t)h * (T / CHUNK) + chunk) * N * N, size);
      for (int i = 0; i < CHUNK; i++) {
        int t = chunk * CHUNK + i;
        size_t at = (size_t)t * width + h * N;
        prepare7(tokens + i, in, p, at, h * N);
        step7(tokens + i, (const vec *)(kept->sa + at), reset[t] ? zero : states + i * N * N, states + (i + 1) * N * N);
      }
      for (int i = CHUNK - 1; i >= 0; i--) {
        int t = chunk * CHUNK + i;
        size_t at = (size_t)t * width + h * N;
        Flow7 d;
        StateFlow7 s;
        output_gradient7(tokens + i, p, dp, kept->y + at, dout + at, g->g + at, h * N, &d);
        step_gradient7(tokens + i, (const vec *)(kept->sa + at), reset[t] ? zero : states + i * N * N,
                       states + (i + 1) * N * N, D, &d, &s);
        input_gradient7(tokens + i, in, p, &d, &s, g, dp, at, h * N);
        if (reset[t]) memset(D, 0, size);
      }
    }
  }
  free(states);
  free(tokens);
}

// ---------------------------------------------------------------------------------------------------------------------
// RWKV-4's time mix between the products: sigmoid(r) wkv. log_w = -exp(time_decay) and u, each [D].

#define NOTHING -1e38f

/** r, k, v, out [T, D]; wkv [T, D] is kept for the gradient. */
void time_mix4_forward(int T, int D, const bf16 *r, const bf16 *k, const bf16 *v, const float *log_w, const float *u,
                       const uint8_t *reset, bf16 *out, float *wkv) {
  for (int c = 0; c < D; c += 16) {
    vec w = *(const vec *)(log_w + c), bonus = *(const vec *)(u + c), a = {}, b = {}, p = splat(NOTHING);
    for (int t = 0; t < T; t++) {
      size_t o = (size_t)t * D + c;
      if (reset[t]) { a = b = (vec){}; p = splat(NOTHING); }
      vec kt = load(k + o), vt = load(v + o);
      vec top = max_vec(p, kt + bonus), e1 = exp_vec(p - top), e2 = exp_vec(kt + bonus - top);
      vec y = (e1 * a + e2 * vt) / (e1 * b + e2);
      *(vec *)(wkv + o) = y;
      store(out + o, sigmoid_vec(load(r + o)) * y);
      top = max_vec(p + w, kt);
      e1 = exp_vec(p + w - top);
      e2 = exp_vec(kt - top);
      a = e1 * a + e2 * vt;
      b = e1 * b + e2;
      p = top;
    }
  }
}

/** dr, dk, dv [T, D] are written; dlog_w and du [D] are added to. */
void time_mix4_backward(int T, int D, const bf16 *r, const bf16 *k, const bf16 *v, const float *log_w, const float *u,
                        const uint8_t *reset, const float *wkv, const bf16 *dout, bf16 *dr, bf16 *dk, bf16 *dv,
                        float *dlog_w, float *du) {
  // Of each token: 1 / denominator, k + u - maximum, and what flows into wkv.
  vec *kept = aligned_alloc(64, sizeof(vec) * 3 * T), *inverse = kept, *exponent = kept + T, *dy = kept + 2 * T;
  for (int c = 0; c < D; c += 16) {
    vec w = *(const vec *)(log_w + c), bonus = *(const vec *)(u + c), a = {}, b = {}, p = splat(NOTHING);
    vec da_dw = {}, db_dw = {}, dw = {}, dbonus = {};
    for (int t = 0; t < T; t++) {
      size_t o = (size_t)t * D + c;
      if (reset[t]) { a = b = da_dw = db_dw = (vec){}; p = splat(NOTHING); }
      vec kt = load(k + o), vt = load(v + o), y = *(const vec *)(wkv + o), s = sigmoid_vec(load(r + o)), g = load(dout + o);
      store(dr + o, g * y * s * (1.0f - s));
      dy[t] = g * s;
      vec top = max_vec(p, kt + bonus), e1 = exp_vec(p - top), e2 = exp_vec(kt + bonus - top);
      inverse[t] = 1.0f / (e1 * b + e2);
      exponent[t] = kt + bonus - top;
      dw += dy[t] * (da_dw - db_dw * y) * inverse[t] * e1;
      dbonus += dy[t] * (vt - y) * e2 * inverse[t];
      top = max_vec(p + w, kt);
      e1 = exp_vec(p + w - top);
      e2 = exp_vec(kt - top);
      da_dw = e1 * (a + da_dw);
      db_dw = e1 * (b + db_dw);
      a = e1 * a + e2 * vt;
      b = e1 * b + e2;
      p = top;
    }
    *(vec *)(dlog_w + c) += dw;
    *(vec *)(du + c) += dbonus;
    vec ga = {}, gb = {};
    p = splat(NOTHING);
    for (int t = T - 1; t >= 0; t--) {
      size_t o = (size_t)t * D + c;
      vec kt = load(k + o), vt = load(v + o), y = *(const vec *)(wkv + o), z = dy[t] * inverse[t];
      vec e1 = z * exp_vec(exponent[t]), e2 = exp_vec(kt + p);
      store(dk + o, e1 * (vt - y) + e2 * (ga * vt + gb));
      store(dv + o, e1 + e2 * ga);
      if (reset[t]) { ga = gb = (vec){}; p = splat(NOTHING); continue; }
      vec own = exponent[t] - kt - bonus, top = max_vec(p + w, own);
      e1 = exp_vec(p + w - top);
      e2 = z * exp_vec(own - top);
      ga = e1 * ga + e2;
      gb = e1 * gb - e2 * y;
      p = top;
    }
  }
  free(kept);
}

// ---------------------------------------------------------------------------------------------------------------------
// Element by element.

/** out = relu(x)^2, over n elements, a multiple of 16. */
void relu_squared_forward(size_t n, const bf16 *x, bf16 *out) {
  for (size_t i = 0; i < n; i += 16) { vec y = max_vec(load(x + i), (vec){}); store(out + i, y * y); }
}

void relu_squared_backward(size_t n, const bf16 *x, const bf16 *dout, bf16 *dx) {
  for (size_t i = 0; i < n; i += 16) store(dx + i, 2.0f * max_vec(load(x + i), (vec){}) * load(dout + i));
}

/** out = sigmoid(r) x. */
void gate_forward(size_t n, const bf16 *r, const bf16 *x, bf16 *out) {
  for (size_t i = 0; i < n; i += 16) store(out + i, sigmoid_vec(load(r + i)) * load(x + i));
}

void gate_backward(size_t n, const bf16 *r, const bf16 *x, const bf16 *dout, bf16 *dr, bf16 *dx) {
  for (size_t i = 0; i < n; i += 16) {
    vec s = sigmoid_vec(load(r + i)), d = load(dout + i);
    store(dr + i, d * load(x + i) * s * (1.0f - s));
    store(dx + i, d * s);
  }
}

/**
 * Cross-entropy of logits [T, V] (V a multiple of 16), which become its gradient times `scale`. Where the target is
 * negative nothing is asked. Returns the sum of the losses, in nats.
 */
double cross_entropy(int T, int V, bf16 *logits, const int32_t *target, float scale) {
  double total = 0;
  for (int t = 0; t < T; t++) {
    bf16 *row = logits + (size_t)t * V;
    if (target[t] < 0) { memset(row, 0, sizeof(bf16) * V); continue; }
    vec top = splat(NOTHING), sum = {};
    for (int i = 0; i < V; i += 16) top = max_vec(top, load(row + i));
    float highest = top[0];
    for (int i = 1; i < 16; i++) if (top[i] > highest) highest = top[i];
    for (int i = 0; i < V; i += 16) sum += exp_vec(load(row + i) - highest);
    float all = sum_vec(sum), chosen;
    uint32_t bits = (uint32_t)row[target[t]] << 16;
    memcpy(&chosen, &bits, sizeof chosen);
    total += logf(all) - (chosen - highest);
    float probability = expf(chosen - highest) / all;
    for (int i = 0; i < V; i += 16) store(row + i, exp_vec(load(row + i) - highest) * (scale / all));
    vec correct = splat((probability - 1) * scale);
    bf16 rounded[16];
    store(rounded, correct);
    row[target[t]] = rounded[0];
  }
  return total;
}

// ---------------------------------------------------------------------------------------------------------------------
// Greedy longest match over a trie, for preparing text. Of node n: child[n * 256 + byte] (0: none), token[n] (-1: none).

/** Writes the tokens of `length` bytes to out, and returns how many there are. Every single byte must be a token. */
int64_t encode(const int32_t *child, const int32_t *token, const uint8_t *text, int64_t length, uint16_t *out) {
  int64_t count = 0;
  for (int64_t at = 0; at < length;) {
    int32_t node = 0, best = -1;
    int64_t end = at;
    for (int64_t i = at; i < length && (node = child[(int64_t)node * 256 + text[i]]) != 0; i++)
      if (token[node] >= 0) { best = token[node]; end = i + 1; }
    if (best < 0) return -1;
    out[count++] = (uint16_t)best;
    at = end;
  }
  return count;
}
