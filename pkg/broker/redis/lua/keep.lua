-- One pod sweeps at a time, and finds the pods whose lease has ended.
-- KEYS: keeper, leases. ARGV: run, ms. Answers: nothing where another pod sweeps; else the time in ms, the dead and the living.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
return {now, redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. now), redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf')}
