-- The pod of a session is dead: its grace begins.
-- KEYS: session, attached set of the dead pod, due. ARGV: run, address.
redis.call('SREM', KEYS[2], ARGV[2])
local s = redis.call('HMGET', KEYS[1], 'run', 'g')
if s[1] ~= ARGV[1] then return 0 end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'run', '', 'was', ARGV[1])
redis.call('ZADD', KEYS[3], string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) + s[2]), ARGV[2])
return 1
