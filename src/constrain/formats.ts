const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)`;
// The 28 days that every month has.
const DATE = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])`;
const LABEL = String.raw`[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?`;
const BYTE = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)`;

/** The formats of JSON Schema that strings can be held to. The patterns leave out some of what the formats allow. */
export const FORMATS: Readonly<Record<string, string>> = {
  "date": `^${DATE}$`,
  "time": `^${TIME}$`,
  "date-time": `^${DATE}T${TIME}$`,
  "email": String.raw`^[A-Za-z0-9_]{1,30}([.+-][A-Za-z0-9_]{1,30})*@(${LABEL}\.){1,3}[a-z]{2,12}$`,
  "hostname": `^${LABEL}(\\.${LABEL}){0,4}$`,
  "ipv4": `^(${BYTE}\\.){3}${BYTE}$`,
  "uri": String.raw`^https?://${LABEL}(\.${LABEL}){1,3}(/[A-Za-z0-9_.~-]+)*/?$`,
  "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
};
