/**
 * The settings cannot be used. The message is for the operator: it names variables and what they may be, never a
 * secret, so that it may be shown to whoever asks.
 */
export abstract class SettingsError extends Error {}
