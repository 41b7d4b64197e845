-- A member leaves its room, unless a newer attachment of it is there.
-- KEYS: members, metas, pods. ARGV: peer, n, att.
-- Answers: 0 where it is not there, else v and runs.
local was = redis.call('HGET', KEYS[1], ARGV[1])
if not was then return {0} end
local n, att, run = string.match(was, '^(%d+) (%d+) (.*)$')
if n ~= ARGV[2] or tonumber(att) > tonumber(ARGV[3]) then return {0} end
local runs = redis.call('HKEYS', KEYS[3])
local v = redis.call('HINCRBY', KEYS[1], '#v', 1)
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if redis.call('HINCRBY', KEYS[3], run, -1) <= 0 then redis.call('HDEL', KEYS[3], run) end
if redis.call('HLEN', KEYS[1]) == 1 then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) end
return {v, runs}
