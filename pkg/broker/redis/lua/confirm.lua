-- The client has shown the secret of the last welcome.
-- KEYS: session. ARGV: n, att, run. Answers: 1, or 0 where the attachment is over.
local s = redis.call('HMGET', KEYS[1], 'n', 'att', 'run', 'sec')
if s[1] ~= ARGV[1] or s[2] ~= ARGV[2] or s[3] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'con', s[4])
return 1
