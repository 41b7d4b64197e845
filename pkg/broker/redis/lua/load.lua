-- An inbox as it stands.
-- KEYS: session, inbox, marks. ARGV: n. Answers: lo, lw, entries, marks; nothing where the session is another one.
local s = redis.call('HMGET', KEYS[1], 'n', 'lo', 'lw')
if s[1] ~= ARGV[1] then return {} end
return {s[2], s[3], redis.call('XRANGE', KEYS[2], '-', '+'), redis.call('HGETALL', KEYS[3])}
