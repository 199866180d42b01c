/** Characters of a secret that states are sealed with, at the least: 32 of base64 are 192 bits. */
export const MIN_SECRET_LENGTH = 32;
