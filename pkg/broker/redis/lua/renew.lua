-- A pod lives.
-- KEYS: leases. ARGV: run, lease in ms. Answers: the store's time in ms, and 1 where the lease had ended, 2 where there is none.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local was = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
return {now, not was and 2 or tonumber(was) < now and 1 or 0}
