-- The same session on this pod. What its client has processed is acked.
-- KEYS: session, inbox, marks, attached set of this pod, attached set of the old pod, due.
-- ARGV: n, run it was on, run, address, hash shown, new secret, grace, meta ("" keeps it), lo, lw, number of the last entry seen, marks...
-- Answers: 0 where what was seen has changed; else 1, att, rooms, the inbox after the last entry seen, rooms that it was
-- leaving.
local s = redis.call('HMGET', KEYS[1], 'n', 'run', 'sec', 'con', 'lo')
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or tonumber(s[5]) > tonumber(ARGV[9]) then return {0} end
if ARGV[5] == s[3] then
  redis.call('HSET', KEYS[1], 'con', s[3])
elseif ARGV[5] ~= s[4] then
  return {0}
end
local att = redis.call('HINCRBY', KEYS[1], 'att', 1)
redis.call('HSET', KEYS[1], 'run', ARGV[3], 'sec', ARGV[6], 'g', ARGV[7], 'lo', ARGV[9], 'lw', ARGV[10])
redis.call('HDEL', KEYS[1], 'was')
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'meta', ARGV[8]) end
redis.call('XTRIM', KEYS[2], 'MINID', '0-' .. string.format('%.0f', ARGV[9] + 1))
if #ARGV > 11 then
  for i = 12, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
  redis.call('PEXPIRE', KEYS[3], 300000)
end
redis.call('SREM', KEYS[5], ARGV[4])
redis.call('SADD', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[6], ARGV[4])
local rooms, left = {}, {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'r:' then rooms[#rooms + 1] = string.sub(field, 3) end
  if string.sub(field, 1, 2) == 'l:' then left[#left + 1] = string.sub(field, 3) end
end
return {1, att, rooms, redis.call('XRANGE', KEYS[2], '(0-' .. ARGV[11], '+'), left}
