-- The socket is gone: the grace begins.
-- KEYS: session, attached set, due. ARGV: n, att, run, address.
-- Answers: 0 where the attachment is over, 2 where the session was never confirmed and is to end, else 1 and the grace in ms.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run', 'con', 'g', 'was')
if s[1] == ARGV[1] and s[2] == ARGV[2] and s[3] == '' and s[6] == ARGV[3] then return {1, s[5]} end -- done already
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or s[3] ~= ARGV[3] then return {0} end
if not s[4] then return {2} end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'run', '', 'was', ARGV[3])
redis.call('SREM', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) + s[5]), ARGV[4])
return {1, s[5]}
