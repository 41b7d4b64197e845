-- A new session in place of what was seen at the address (ARGV old n "" for nothing), which ends.
-- KEYS: session, inbox, attached set of this pod, due, ended, old inbox, old marks, attached set of the old pod.
-- ARGV: old n, old att, old run, address, n, run, sid, secret, grace, meta.
-- Answers: 0 where something else is there now; else 1, rooms to leave, entries dropped, marks.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run')
if (s[1] or '') ~= ARGV[1] or (s[2] or '') ~= ARGV[2] or (s[3] or '') ~= ARGV[3] then return {0} end
local rooms, entries, marks = {}, {}, {}
if s[1] then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.match(field, '^[rl]:') then rooms[#rooms + 1] = string.sub(field, 3) end
  end
  for _, e in ipairs(redis.call('XRANGE', KEYS[6], '-', '+')) do entries[#entries + 1] = e[2][1] end
  if #entries > 0 then marks = redis.call('HGETALL', KEYS[7]) end
  redis.call('DEL', KEYS[1], KEYS[6], KEYS[7])
  redis.call('SREM', KEYS[8], ARGV[4])
  redis.call('ZREM', KEYS[4], ARGV[4])
  if #rooms > 0 then redis.call('HSET', KEYS[5], ARGV[4] .. ':' .. s[1], table.concat(rooms, ' ')) end
end
redis.call('HSET', KEYS[1], 'n', ARGV[5], 'att', '1', 'run', ARGV[6], 'lo', '1', 'lw', '0', 'sid', ARGV[7], 'sec', ARGV[8], 'g', ARGV[9])
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'meta', ARGV[10]) end
redis.call('XADD', KEYS[2], '0-1', '-', '-')
redis.call('XTRIM', KEYS[2], 'MAXLEN', '0')
redis.call('SADD', KEYS[3], ARGV[4])
return {1, rooms, entries, marks}
