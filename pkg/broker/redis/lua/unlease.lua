-- A dead pod is forgotten, unless it has come back.
-- KEYS: leases. ARGV: run.
local t = redis.call('TIME')
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) < t[1] * 1000 + math.floor(t[2] / 1000) then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 1
