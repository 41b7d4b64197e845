-- Who is in a room. KEYS: members, metas. ARGV: peer, n. Answers: 0 where that one is not a member.
local was = redis.call('HGET', KEYS[1], ARGV[1])
if not was or string.match(was, '^%d+') ~= ARGV[2] then return {0} end
return {1, redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
