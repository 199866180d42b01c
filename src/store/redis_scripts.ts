/**
 * Makes a commit, in Redis' Lua. Answers 1, or 0 if a check failed.
 *
 * KEYS: the index, the counter of versions. ARGV: what the names of entries begin with; the time; the number of checks;
 * for each a key and its version, empty for none; for each write a key, its time to live in milliseconds (empty for ever,
 * `-` to delete it, `+` to add a whole number to it), when it expires, and its value.
 *
 * A counter that is not there begins at the time in microseconds: after FLUSHALL, or where the server evicts keys, no
 * version is given twice.
 */
export const COMMIT_SCRIPT = `
local prefix, now, checks, at = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 4
for _ = 1, checks do
  local found = redis.call('HMGET', prefix .. ARGV[at], 'version', 'expires')
  local version = found[1] or ''
  if found[2] and found[2] ~= '' and tonumber(found[2]) <= now then version = '' end
  if version ~= ARGV[at + 1] then return 0 end
  at = at + 2
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[2], string.format('%d%06d', time[1], time[2]))
end
local version = redis.call('INCR', KEYS[2])
while at <= #ARGV do
  local key, ttl, expires, value = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local name = prefix .. key
  if ttl == '+' then
    local before = redis.call('HGET', name, 'value')
    value = struct.pack('<i8', (before and struct.unpack('<i8', before) or 0) + tonumber(value))
    ttl = ''
  end
  redis.call('DEL', name)
  if ttl == '-' then
    redis.call('ZREM', KEYS[1], key)
  else
    redis.call('HSET', name, 'version', version, 'expires', expires, 'value', value)
    redis.call('ZADD', KEYS[1], 0, key)
    if ttl ~= '' then redis.call('PEXPIRE', name, ttl) end
  end
  at = at + 4
end
return 1
`;

/** Takes a key out of the index unless it has an entry. KEYS: the index. ARGV: what names begin with, and the key. */
export const FORGET_SCRIPT = `
if redis.call('EXISTS', ARGV[1] .. ARGV[2]) == 1 then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[2])
`;
