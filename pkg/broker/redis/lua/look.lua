-- What is at an address, and the store's clock.
-- KEYS: session. Answers: microseconds, fields and values.
local t = redis.call('TIME')
return {string.format('%.0f', t[1] * 1000000 + t[2]), redis.call('HGETALL', KEYS[1])}
