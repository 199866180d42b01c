/**
 * The exit codes of `tern`:
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done |
 * | 1 | the command failed, or `doctor` found a problem: the message says why |
 * | 2 | the command line, the settings or the input cannot be used |
 * | 130, 143 | ended by SIGINT (Ctrl-C) or SIGTERM; nothing is left half-written |
 */
export const FAILED = 1;
/** See {@linkcode FAILED}. */
export const UNUSABLE = 2;
