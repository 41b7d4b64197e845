-- This pod still has the session: nobody has taken it meanwhile, though it may have been given up for dead.
-- KEYS: session, inbox, attached set, due. ARGV: n, att, run, address, top.
-- Answers: 1 and the inbox after top; 0 where another attachment has it; -1 where nothing is there.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run', 'was')
if not s[1] then return {-1} end
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] then return {0} end
if s[3] ~= ARGV[3] then
  if s[3] ~= '' or s[4] ~= ARGV[3] then return {0} end
  redis.call('HSET', KEYS[1], 'run', ARGV[3])
  redis.call('HDEL', KEYS[1], 'was')
  redis.call('ZREM', KEYS[4], ARGV[4])
end
redis.call('SADD', KEYS[3], ARGV[4])
return {1, redis.call('XRANGE', KEYS[2], '(0-' .. ARGV[5], '+', 'COUNT', '64')}
