const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)`;
const LEAP_YEAR = String.raw`(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)`;
const DAYS = String.raw`(0[1-9]|1\d|2[0-8])`;
const DATE =
  String.raw`(\d{4}-((0[13578]|1[02])-(${DAYS}|29|3[01])|(0[469]|11)-(${DAYS}|29|30)|02-${DAYS})` +
  `|${LEAP_YEAR}-02-29)`;
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?";
const BYTE = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)`;
const IPV4 = `(${BYTE}\\.){3}${BYTE}`;
const EMAIL = String
  .raw`[A-Za-z0-9_]{1,30}([.+-][A-Za-z0-9_]{1,30})*@(${LABEL}\.){1,3}[A-Za-z]{2,12}`;

// Hosts that URL parsers accept. They parse a numeric last label as an address, and a label that starts with xn-- as
// Punycode.
const HOST_LABEL = "[A-Za-z0-9]+(-[A-Za-z0-9]+)*";
const SEGMENT = "([A-Za-z0-9_.~!$&'()*+,;=:@-]|%[0-9A-F]{2})*";
const PATH = `(/${SEGMENT})*`;
const QUERY = String.raw`(\?([A-Za-z0-9_.~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*)?`;
const FRAGMENT = "(#([A-Za-z0-9_.~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*)?";
const NAME = String.raw`(${HOST_LABEL}\.){1,4}[A-Za-z]{2,12}`;
const PORT = String.raw`(:[1-9]\d{1,3})?`;
const WEB = `(https?|ftp|wss?)://(localhost|${NAME}|${IPV4})${PORT}${PATH}${QUERY}${FRAGMENT}`;
const URI = String.raw`(${WEB}|mailto:${EMAIL}|urn:[a-z0-9]{2,16}:[A-Za-z0-9_.:-]+)`;
const REFERENCE = `(${URI}|(/?[A-Za-z0-9_.~-]+${PATH}|/)?${QUERY}${FRAGMENT})`;
const HEX = "[0-9a-fA-F]";

const GROUP = `${HEX}{1,4}`;
const POINTER = "(/([^~/]|~[01])*)*";

/** An IPv6 address: eight groups, in which one run of zero groups may be abbreviated to `::`. */
function ipv6(): string {
  const whole = `(${GROUP}:){7}${GROUP}`;
  const shortened = Array.from({ length: 8 }, (_, before) => {
    const left = before === 0 ? ":" : `(${GROUP}:){${before}}`;
    const after = 7 - before;
    return after === 0 ? `${left}:` : `${left}:(${GROUP}(:${GROUP}){0,${after - 1}})?`;
  });
  return `(${whole}|${shortened.join("|")})`;
}

/** A duration: at least one unit, in order, each at most once. */
function duration(): string {
  const some = (units: string) =>
    [...units].map((unit, at) =>
      String.raw`\d{1,9}${unit}` + [...units.slice(at + 1)].reduceRight(
        (rest, next) => String.raw`(\d{1,9}${next}${rest})?`,
        "",
      )
    ).join("|");
  const time = `T(${some("HMS")})`;
  return String.raw`P((${some("YMD")})(${time})?|${time}|\d{1,9}W)`;
}

/** The patterns of the enforced formats. They allow only a subset of what the formats allow. */
export const FORMATS: Readonly<Record<string, string>> = {
  "date": `^${DATE}$`,
  "time": `^${TIME}$`,
  "date-time": `^${DATE}T${TIME}$`,
  "duration": `^${duration()}$`,
  "email": `^${EMAIL}$`,
  "idn-email": `^${EMAIL}$`,
  "hostname": `^${LABEL}(\\.${LABEL}){0,4}$`,
  "idn-hostname": `^${LABEL}(\\.${LABEL}){0,4}$`,
  "ipv4": `^${IPV4}$`,
  "ipv6": `^${ipv6()}$`,
  "uri": `^${URI}$`,
  "iri": `^${URI}$`,
  // Not part of JSON Schema. Validators accept only public addresses.
  "url": `^(https?|ftp)://${NAME}${PORT}(/${SEGMENT}${PATH}${QUERY}${FRAGMENT})?$`,
  "uri-reference": `^${REFERENCE}$`,
  "iri-reference": `^${REFERENCE}$`,
  // A reference without variables. Templates may not contain quotes.
  "uri-template": `^${REFERENCE.replaceAll("'", "")}$`,
  "uuid": `^${HEX}{8}-(${HEX}{4}-){3}${HEX}{12}$`,
  "json-pointer": `^${POINTER}$`,
  "relative-json-pointer": String.raw`^(0|[1-9]\d{0,8})(#|${POINTER})$`,
  "byte": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$",
};

/** Formats of JSON Schema that are not enforced. All others are undefined there and do not constrain strings. */
const UNSUPPORTED = new Set(["regex"]);

/** Whether a format constrains strings but is not enforced. */
export function isUnsupportedFormat(format: string): boolean {
  return UNSUPPORTED.has(format);
}
